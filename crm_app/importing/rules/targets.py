"""Where a column of a file can go, and by which headings that is told without being asked.

The record's own fields are those of `customers.rules`; fields that the company added (R1.8) join in `all_targets`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from crm_app.catalogue import LANGUAGES, renamed, say, texts
from crm_app.core.text import clean_line, fold_width
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS
from crm_app.fields.schemas import PREFIX, FieldKind, OwnFieldDef, RecordKind

IGNORED = ""
NOTED = "noted"
"""Kept in the note, after the column's heading; any number of columns can go there, as into the note itself."""
OLD_NUMBER = "old_number"
NOTE = "note"
NEW_FIELD = "new_field"
"""Kept in a field of the company's own that the import adds, called as the column is (R1.8)."""
_SHARED = frozenset({IGNORED, NOTED, NOTE, NEW_FIELD})
_ALIKE = 0.75
"""Headings that differ in at most every fourth character are the same, typed badly."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place that one column can fill. `label` is a key of the catalogue, `part` says under which it is offered."""

    code: str
    label: str
    part: str
    synonyms: tuple[str, ...] = ()
    own: OwnFieldDef | None = None
    """The company's own field, which says itself what it is called."""

    def called(self, language: str) -> str:
        """What it is called."""
        return self.own.called(language) if self.own else say(language, self.label)


_WORDS: Mapping[str, str] = {
    "name": "客户名称 企业名称 公司名称 单位名称 客户全称 公司全称 客户 公司 企业 单位 名称 company companyname"
    " customer customername name account accountname organization",
    "industry": "所属行业 行业 客户行业 行业类型 行业类别 industry sector",
    "source": "客户来源 来源 来源渠道 获客渠道 线索来源 渠道 source leadsource",
    "region": "所在地区 地区 区域 所在地 省市区 省市 城市 所在城市 所属地区 省份 region city area location",
    "address": "企业地址 地址 公司地址 详细地址 联系地址 通讯地址 街道地址 address streetaddress companyaddress",
    "headcount": "企业规模 公司规模 规模 员工人数 员工数 人员规模 人数 companysize employees headcount size",
    "revenue": "年营收 营收 营业额 年营业额 年收入 年销售额 营收规模 yearlyrevenue annualrevenue revenue",
    "founded_on": "成立时间 成立日期 注册日期 注册时间 创立时间 成立年月 foundedon founded established",
    "main_business": "主营业务 业务范围 经营范围 主营产品 主要业务 mainbusiness business",
    "credit_code": "统一社会信用代码 社会信用代码 信用代码 税号 纳税人识别号 creditcode unifiedsocialcreditcode taxid",
    "level": "客户等级 等级 客户级别 客户阶段 阶段 level stage",
    "customer_type": "客户类型 类型 客户类别 客户分类 客户性质 type customertype",
    "status": "客户状态 状态 跟进状态 status",
    "note": "备注 备注信息 说明 附注 note notes remark remarks comment comments",
    "contact.name": "联系人姓名 联系人 姓名 主联系人 联系人名称 contact contactname contactsname contactperson",
    "contact.position": "职位 职务 岗位 联系人职位 position jobtitle title",
    "contact.mobile": "手机 手机号 手机号码 移动电话 联系手机 mobile mobilephone cellphone",
    "contact.phone": "座机 固定电话 固话 办公电话 公司电话 landline officephone",
    "contact.any": "联系方式 联系电话 电话 电话号码 联系号码 phone telephone tel phonenumber",
    "contact.email": "邮箱 电子邮件 电子邮箱 邮件 邮箱地址 email mail emailaddress",
    "contact.birthday": "生日 出生日期 联系人生日 birthday dateofbirth",
    "contact.preferred_channel": "首选联系方式 联系偏好 偏好渠道 preferredchannel",
    "owner": "负责人 所有者 业务员 销售 销售人员 销售负责人 客户经理 跟进人 归属人 owner salesperson accountmanager",
    "tags": "标签 客户标签 tags tag labels",
    "loss_reason": "流失原因 输单原因 reasonofloss lossreason",
    "deal.amount": "合同金额 成交金额 合同额 订单金额 成交额 签约金额 dealamount contractamount",
    "deal.amount_wan": "合同金额万元 成交金额万元 合同额万元 订单金额万元 合同金额万 成交金额万",
    "deal.on": "合作开始时间 合作开始日期 首单时间 首单日期 成交日期 成交时间 签约时间 签约日期 合同日期 合作时间"
    " dealdate firstorder contractdate",
    "deal.contract": "合同编号 合同号 contractnumber contractno",
    "expected_amount": "销售机会金额 商机金额 预计金额 预计成交金额 意向金额 机会金额 expectedamount opportunityamount",
    "follow.at": "最近跟进时间 跟进时间 跟进日期 最近互动时间 最近联系时间 上次联系时间 最后跟进时间 最近跟进"
    " 最近联系 lastcontact lastcontactat",
    "follow.method": "跟进方式 最近跟进方式 互动方式 联系途径 method contactmethod",
    "follow.content": "跟进内容 跟进记录 沟通内容 跟进情况 互动内容",
    "follow.result": "跟进结果 沟通结果",
    "follow.feedback": "客户反馈 反馈 customerfeedback feedback",
    "follow.next_at": "下次跟进时间 下次联系时间 下次跟进 下次跟进日期 nextfollowup nextcontact",
    "care.method": "维护方式 关怀方式 关怀类型",
    "care.result": "维护结果 关怀结果",
    OLD_NUMBER: "客户编号 编号 客户代码 客户编码 客户号 原编号 customernumber customerid number no id code",
    NOTED: "合作产品服务 合作产品 购买产品 产品服务 产品 服务内容 products product",
}  # fmt: skip
_PARTS = {
    "contact": "importing.part.contact",
    "deal": "importing.part.deal",
    "follow": "importing.part.follow",
    "care": "importing.part.follow",
}
_DEAL = frozenset({"expected_amount", "loss_reason"})
_CUT = re.compile(r"[(\[（【].*?[)\]）】]")
_UNIT = re.compile(r"[(\[（【/]?\s*(万元|万)\s*[)\]）】]?$")
_DROPPED = re.compile(r"[\s*:：_\-./、·'’]+")


def _target(code: str) -> Target:
    part = _PARTS.get(code.partition(".")[0], "importing.part.customer")
    if code in _DEAL:
        part = "importing.part.deal"
    fields = {*CUSTOMER_FIELDS, "owner", "tags", "loss_reason", *(f"contact.{name}" for name in CONTACT_FIELDS)}
    label = f"customers.field.{code}" if code in fields else f"importing.target.{code}"
    return Target(code, label, part, tuple(_WORDS.get(code, "").split()))


@lru_cache(maxsize=16)
def all_targets(own: tuple[OwnFieldDef, ...] = ()) -> Mapping[str, Target]:
    """Every place a column can go, in the order in which they are offered; `own` fields after those of their record."""
    customer = [name for name in CUSTOMER_FIELDS if name != NOTE]
    contact = ["name", "any", *(name for name in CONTACT_FIELDS if name != "name")]
    first = [*customer, "owner", "tags"]
    people = [f"contact.{name}" for name in contact]
    rest = [
        *(code for code in _WORDS if code.startswith("deal.") or code in _DEAL),
        *(code for code in _WORDS if code.startswith(("follow.", "care."))),
        *(OLD_NUMBER, NOTE, NOTED),
    ]
    added: dict[RecordKind, dict[str, Target]] = {kind: {} for kind in RecordKind}
    for field in own:
        part = _PARTS["contact"] if field.record is RecordKind.CONTACT else "fields.title"
        added[field.record][field.path] = Target(field.path, "", part, own=field)
    found = {code: _target(code) for code in first} | added[RecordKind.CUSTOMER]
    found |= {code: _target(code) for code in people} | added[RecordKind.CONTACT]
    return found | {code: _target(code) for code in rest}


def new_field(column: int, label: str) -> OwnFieldDef:
    """The field that a column is to get, before there is one: a line of text, under an id that no field has."""
    return OwnFieldDef(-1 - column, FieldKind.LINE, label)


def place_of(column: int, code: str) -> str:
    """Where a column goes, by the key of the field that is yet to be added where there is none."""
    return f"{PREFIX}{-1 - column}" if code == NEW_FIELD else code


KEYS = (OLD_NUMBER, "credit_code", "name", "contact.mobile", "contact.any")


def key_targets(mapping: Iterable[str], own: Sequence[OwnFieldDef]) -> tuple[str, ...]:
    """Of the places that the columns go to those by which a customer can be recognised."""
    lines = {field.path for field in own if field.kind is FieldKind.LINE and field.record is RecordKind.CUSTOMER}
    return tuple(dict.fromkeys(code for code in mapping if code in KEYS or code in lines))


def normal_heading(text: str) -> str:
    """A heading without what people add to it: 联系人(*), *手机号码, Contact Name; a unit of 万 stays."""
    line = fold_width(clean_line(text, max_length=100)).casefold()
    unit = "万元" if _UNIT.search(line) or "(万" in line else ""
    bare = _DROPPED.sub("", _CUT.sub("", _UNIT.sub("", line)))
    return (bare or _DROPPED.sub("", re.sub(r"[()\[\]（）【】]", "", line))) + unit


Names = tuple[tuple[str, tuple[str, str]], ...]


def _names() -> Names:
    """What the company calls fields now: what is remembered of headings holds for these names."""
    return tuple(renamed().items())


@lru_cache(maxsize=16)
def _known_headings(own: tuple[OwnFieldDef, ...], names: Names) -> Mapping[str, str]:
    known: dict[str, str] = {}
    targets = all_targets(own)
    # What the company calls fields comes first: two of them are never called alike.
    new = dict(names)
    for target in sorted(targets.values(), key=lambda one: one.own is None and one.code not in new):
        for language in ("zh", "en"):
            known.setdefault(normal_heading(target.called(language)), target.code)
    # Spreadsheets of before say what a field was called when it came.
    for code in new:
        for word in texts()[targets[code].label]:
            known.setdefault(normal_heading(word), code)
    # What people write comes after what the product itself says, but where that is less exact.
    for code, target in targets.items():
        for word in target.synonyms:
            known.setdefault(normal_heading(word), code)
    # Whoever has but one column for it doesn't say that it is the contact's.
    for field in own:
        for language in ("zh", "en"):
            known.setdefault(normal_heading(field.label(language)), field.path)
    if not any(field.called("zh") == "电话" for field in own):
        known[normal_heading("电话")] = "contact.any"
    known.pop("", None)
    return known


def _candidates(heading: str, known: Mapping[str, str]) -> Iterable[tuple[float, str]]:
    """Places for a heading, each with how sure that is."""
    normal = normal_heading(heading)
    if not normal:
        return
    # A column of 万元 may fill a field that is called the same without saying so.
    for word, sure in ((normal, 2.0), (normal.removesuffix("万元"), 1.9)):
        if word in known:
            yield sure, known[word]
            return
    for word, code in known.items():
        if len(word) > 2 and (word in normal or (len(normal) > 2 and normal in word)):
            yield 1 + min(len(word), len(normal)) / max(len(word), len(normal)), code
        elif len(word) > 3 and (alike := Levenshtein.normalized_similarity(word, normal)) >= _ALIKE:
            yield alike, code


def match_headings(headings: Sequence[str], own: tuple[OwnFieldDef, ...] = ()) -> tuple[str, ...]:
    """The place of each column: the surest first, each place once; a column that fits nowhere is ignored."""
    known = _known_headings(own, _names())
    guesses = sorted(
        (
            (sure, -column, code)
            for column, heading in enumerate(headings)
            for sure, code in _candidates(heading, known)
        ),
        reverse=True,
    )
    found: dict[int, str] = {}
    for _, column, code in guesses:
        if -column not in found and (code in _SHARED or code not in found.values()):
            found[-column] = code
    return tuple(found.get(column, IGNORED) for column in range(len(headings)))


_EXPORTED: Mapping[str, str] = {
    **{name: name for name in ("name", "level", "industry", "owner", "tags", "status", "region", "source", "note")},
    **{name: name for name in ("headcount", "revenue", "address", "credit_code")},
    "number": OLD_NUMBER, "type": "customer_type", "founded": "founded_on", "business": "main_business",
    "contact": "contact.name", "mobile": "contact.mobile", "phone": "contact.phone", "email": "contact.email",
}  # fmt: skip
"""The list's fields in an exported file that a record is filled from; all others are computed (R1.5, R1.6)."""
_LISTED_AS = "directory.field."


@lru_cache(maxsize=4)
def _export_headings(language: str, _of: Names) -> Mapping[str, str]:
    """By heading the place, of files exported now, and of those exported before a field was called something else."""
    keys = [key for key in texts() if key.startswith(_LISTED_AS) and key.count(".") == 2]
    places = {key: _EXPORTED.get(key.removeprefix(_LISTED_AS), IGNORED) for key in keys}
    before = {texts()[key][LANGUAGES.index(language)]: place for key, place in places.items()}
    return before | {say(language, key): place for key, place in places.items()}


def match_export(
    headings: Sequence[str], own: tuple[OwnFieldDef, ...] = (), fixed: Iterable[OwnFieldDef] = ()
) -> tuple[str, ...] | None:
    """The places of the columns of a file that was exported here; None for any other file.

    `fixed` are own fields that the person sees and doesn't change: their columns are left out.
    """
    for language in ("zh", "en"):
        known = dict(_export_headings(language, _names()))
        known |= {field.called(language): IGNORED for field in fixed}
        known |= {field.called(language): field.path for field in own}
        if all(heading in known for heading in headings):
            found = tuple(known[heading] for heading in headings)
            return found if {OLD_NUMBER, "name"} <= set(found) and not doubled_targets(found) else None
    return None


def doubled_targets(mapping: Iterable[str]) -> frozenset[str]:
    """Places that several columns claim."""
    seen: set[str] = set()
    return frozenset(code for code in mapping if code not in _SHARED and (code in seen or seen.add(code)))  # type: ignore[func-returns-value]


def same_headings(headings: Sequence[str]) -> str:
    """What files with these headings are remembered by."""
    return "\n".join(map(normal_heading, headings))
