"""Where a column of a file can go, and by which headings that is told without being asked.

The record's own fields are those of `customers.rules`; fields that administrators add join in `all_targets`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from crm_app.catalogue import say
from crm_app.core.text import clean_line, fold_width
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS

IGNORED = ""
NOTED = "noted"
"""Kept in the note, after the column's heading; any number of columns can go there, as into the note itself."""
OLD_NUMBER = "old_number"
NOTE = "note"
_SHARED = frozenset({IGNORED, NOTED, NOTE})
_ALIKE = 0.75
"""Headings that differ in at most every fourth character are the same, typed badly."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place that one column can fill. `label` is a key of the catalogue, `part` says under which it is offered."""

    code: str
    label: str
    part: str
    synonyms: tuple[str, ...] = ()


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


@lru_cache(maxsize=1)
def all_targets() -> Mapping[str, Target]:
    """Every place a column can go, in the order in which they are offered."""
    customer = [name for name in CUSTOMER_FIELDS if name != NOTE]
    contact = ["name", "any", *(name for name in CONTACT_FIELDS if name != "name")]
    codes = [
        *customer,
        *("owner", "tags"),
        *(f"contact.{name}" for name in contact),
        *(code for code in _WORDS if code.startswith("deal.") or code in _DEAL),
        *(code for code in _WORDS if code.startswith(("follow.", "care."))),
        *(OLD_NUMBER, NOTE, NOTED),
    ]
    return {code: _target(code) for code in codes}


def normal_heading(text: str) -> str:
    """A heading without what people add to it: 联系人(*), *手机号码, Contact Name; a unit of 万 stays."""
    line = fold_width(clean_line(text, max_length=100)).casefold()
    unit = "万元" if _UNIT.search(line) or "(万" in line else ""
    bare = _DROPPED.sub("", _CUT.sub("", _UNIT.sub("", line)))
    return (bare or _DROPPED.sub("", re.sub(r"[()\[\]（）【】]", "", line))) + unit


@lru_cache(maxsize=1)
def _known_headings() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for code, target in all_targets().items():
        for language in ("zh", "en"):
            known.setdefault(normal_heading(say(language, target.label)), code)
    # What people write comes after what the product itself says, but where that is less exact.
    for code, target in all_targets().items():
        for word in target.synonyms:
            known.setdefault(normal_heading(word), code)
    known[normal_heading("电话")] = "contact.any"
    return known


def _candidates(heading: str) -> Iterable[tuple[float, str]]:
    """Places for a heading, each with how sure that is."""
    normal = normal_heading(heading)
    if not normal:
        return
    known = _known_headings()
    if normal in known:
        yield 2.0, known[normal]
        return
    for word, code in known.items():
        if len(word) > 2 and (word in normal or (len(normal) > 2 and normal in word)):
            yield 1 + min(len(word), len(normal)) / max(len(word), len(normal)), code
        elif len(word) > 3 and (alike := Levenshtein.normalized_similarity(word, normal)) >= _ALIKE:
            yield alike, code


def match_headings(headings: Sequence[str]) -> tuple[str, ...]:
    """The place of each column: the surest first, each place once; a column that fits nowhere is ignored."""
    guesses = sorted(
        ((sure, -column, code) for column, heading in enumerate(headings) for sure, code in _candidates(heading)),
        reverse=True,
    )
    found: dict[int, str] = {}
    for _, column, code in guesses:
        if -column not in found and (code in _SHARED or code not in found.values()):
            found[-column] = code
    return tuple(found.get(column, IGNORED) for column in range(len(headings)))


def doubled_targets(mapping: Iterable[str]) -> frozenset[str]:
    """Places that several columns claim."""
    seen: set[str] = set()
    return frozenset(code for code in mapping if code not in _SHARED and (code in seen or seen.add(code)))  # type: ignore[func-returns-value]


def same_headings(headings: Sequence[str]) -> str:
    """What files with these headings are remembered by."""
    return "\n".join(map(normal_heading, headings))
