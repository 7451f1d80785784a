"""Texts of the customer record: labels of its fields, what is wrong with an input, the form page."""

_FIELDS = {
    "name": ("客户名称", "Customer name"),
    "industry": ("所属行业", "Industry"),
    "source": ("客户来源", "Source"),
    "region": ("所在地区", "Region"),
    "address": ("企业地址", "Street address"),
    "headcount": ("企业规模", "Company size"),
    "revenue": ("年营收", "Yearly revenue"),
    "founded_on": ("成立时间", "Founded on"),
    "main_business": ("主营业务", "Main business"),
    "credit_code": ("统一社会信用代码", "Unified social credit code"),
    "note": ("备注", "Notes"),
    "level": ("客户等级", "Level"),
    "customer_type": ("客户类型", "Type"),
    "status": ("客户状态", "Status"),
    "owner": ("负责人", "Owner"),
    "collaborators": ("协作人", "Collaborators"),
    "department": ("所属部门", "Department"),
    "tags": ("标签", "Tags"),
    "number": ("客户编号", "Customer number"),
    "contact": ("联系人", "Contact"),
    "contact_name": ("联系人姓名", "Contact's name"),
    "contact.name": ("姓名", "Name"),
    "contact.position": ("职位", "Position"),
    "contact.mobile": ("手机", "Mobile"),
    "contact.phone": ("电话", "Phone"),
    "contact.email": ("邮箱", "E-mail"),
    "contact.birthday": ("生日", "Birthday"),
    "contact.preferred_channel": ("首选联系方式", "Preferred channel"),
    "contact.is_main": ("主联系人", "Main contact"),
    "contact.added": ("新增联系人", "Contact added"),
    "contact.removed": ("删除联系人", "Contact removed"),
    "deal_amount": ("成交金额", "Deal amount"),
    "deal_on": ("成交日期", "Deal date"),
    "contract_number": ("合同编号", "Contract number"),
    "loss_reason": ("流失原因", "Reason of loss"),
}
_REQUIRED = (
    "name", "industry", "level", "customer_type", "status", "owner", "contact.name",
    "deal_amount", "deal_on", "contract_number", "loss_reason",
)  # fmt: skip
_SAID = {"contact.name": ("联系人姓名", "contact's name")}


def _required(field: str) -> tuple[str, str]:
    zh, en = _SAID.get(field, _FIELDS[field])
    return f"请填写{zh}", f"Please fill in the {en[0].lower()}{en[1:]}"


TEXTS = {
    **{f"customers.field.{field}": label for field, label in _FIELDS.items()},
    **{f"customers.required.{field}": _required(field) for field in _REQUIRED},
    # What is wrong with an input.
    "customers.problem.too_long": (
        "最多 {max} 个字符,现有 {length} 个",
        "At most {max} characters, not {length}",
    ),
    "customers.problem.masked": ("这是隐藏后的内容,请填写完整内容", "This is a masked value; please enter it in full"),
    "customers.problem.unknown_option": ("请从列表中选择", "Please choose from the list"),
    "customers.problem.retired_option": (
        "该选项已停用,请选择其他选项",
        "This option is retired: choose another",
    ),
    "customers.problem.unknown_region": ("请从列表中选择地区", "Please choose a region from the list"),
    "customers.problem.level_by_step": (
        "成交和流失需要补充信息,请保存后在客户页面变更等级",
        "Winning and losing need further facts: save first, then change the level on the customer's page",
    ),
    "customers.problem.status_of_level": ("该状态与客户等级不符", "This status does not go with the level"),
    "customers.problem.date_format": (
        "请按 年-月-日 填写,例如 2015-03-15",
        "Please enter a date such as 2015-03-15",
    ),
    "customers.problem.date_impossible": ("没有这一天,请检查日期", "There is no such day; please check the date"),
    "customers.problem.date_in_future": ("日期不能晚于今天", "The date can't be later than today"),
    "customers.problem.date_too_early": ("日期不能早于 {earliest} 年", "The date can't be before {earliest}"),
    "customers.problem.mobile_or_email": ("请填写手机或邮箱,至少一项", "Please fill in mobile or e-mail, at least one"),
    "customers.problem.too_many_contacts": ("最多 {max} 位联系人", "At most {max} contacts"),
    "customers.problem.amount_positive": ("金额须大于 0", "The amount must be greater than 0"),
    "customers.problem.contract_number_taken": (
        "合同编号 {number} 已被使用",
        "Contract number {number} is in use",
    ),
    "customers.problem.owner_out_of_reach": (
        "请在您的权限范围内选择负责人",
        "Please choose an owner in your reach",
    ),
    "customers.problem.unknown_person": ("请从列表中选择在职人员", "Please choose an active person from the list"),
    "customers.problem.too_many_people": ("最多 {max} 位协作人", "At most {max} collaborators"),
    "customers.problem.unknown_tag": ("该标签不存在或已被删除", "This tag does not exist any more"),
    "customers.problem.too_many_tags": ("最多 {max} 个标签", "At most {max} tags"),
    "customers.problem.tag_name": ("请填写标签名称", "Please enter the tag's name"),
    "customers.problem.tag_exists": ("标签「{name}」已存在", "The tag “{name}” exists already"),
    "customers.problem.unknown_field": ("此内容不能这样修改", "This can't be changed this way"),
    # Steps of the life cycle that do not exist.
    "customers.step.same": ("客户已是该等级", "The customer has this level already"),
    "customers.step.from_won": (
        "已成交的客户不能退回潜在或意向:可再次登记成交,或变更为流失客户",
        "A won customer can't go back: record a further deal, or change to lost",
    ),
    "customers.step.from_lost": (
        "流失客户须先恢复为潜在客户或意向客户,再登记成交",
        "A lost customer must first be potential or interested again before a deal",
    ),
    # Patterns of customer numbers.
    "customers.pattern.unknown": ("编号规则中「{text}」无法识别", "The pattern does not know “{text}”"),
    "customers.pattern.one_counter": ("编号规则须包含一个序号 seq", "The pattern needs exactly one counter, seq"),
    "customers.pattern.touching": (
        "行业代码与相邻内容之间须有 - _ 或 . 分隔,否则编号可能重复",
        "The industry code must be set apart by - _ or ., or numbers could come twice",
    ),
    "customers.pattern.too_long": ("编号最长 {max} 个字符", "Numbers have at most {max} characters"),
    # Refusals.
    "customers.error.duplicates": (
        "与已有客户的电话或信用代码相同,请核对;确认不是同一客户后再保存",
        "Same phone or credit code as another customer: please check, and confirm that it is another one",
    ),
    "customers.error.reveal_limit": (
        "查看完整联系方式过于频繁:每 {minutes} 分钟最多 {most} 次,请稍后再试",
        "Too many full contacts viewed: at most {most} in {minutes} minutes, please wait",
    ),
    "customers.error.too_many_checks": ("查重过于频繁,请稍后再试", "Too many duplicate checks, please wait"),
    "customers.error.main_contact_stays": (
        "请先设定其他主联系人,再删除",
        "Make another contact the main one first, then remove this one",
    ),
    # Why two customers may be the same.
    "customers.reason.credit_code": ("信用代码相同", "same credit code"),
    "customers.reason.mobile": ("手机相同", "same mobile"),
    "customers.reason.phone": ("电话相同", "same phone"),
    "customers.reason.email": ("邮箱相同", "same e-mail"),
    "customers.reason.name": ("名称相似 {percent}%", "name {percent}% alike"),
    "customers.reason.alike_name": ("名称相近", "similar name"),
    "customers.reason.contact": ("联系人同名", "contact of the same name"),
    "customers.reason.same_name": ("名称相同", "same name"),
    # The form of a new customer.
    "customers.form.basic": ("基本信息", "The company"),
    "customers.form.contacts": ("联系人", "Contacts"),
    "customers.form.classes": ("分类", "Classification"),
    "customers.form.people": ("负责与协作", "In charge"),
    "customers.form.main_contact": ("主联系人", "Main contact"),
    "customers.form.contact": ("联系人 {n}", "Contact {n}"),
    "customers.form.add_contact": ("添加联系人", "Add a contact"),
    "customers.form.make_main": ("设为主联系人", "Make this the main one"),
    "customers.form.remove_contact": ("移除联系人", "Remove this contact"),
    "customers.form.remove_sure": ("移除这位联系人和已填写的内容?", "Remove this contact and what you entered for it?"),
    "customers.form.two_of_one": ("手机或邮箱至少填写一项", "Mobile or e-mail, at least one"),
    "customers.form.province": ("省份", "Province"),
    "customers.form.city": ("城市", "City"),
    "customers.form.district": ("区县", "District"),
    "customers.form.credit_help": ("18 位,可不填", "18 characters; optional"),
    "customers.form.level_help": (
        "成交或流失请在保存后变更:需要成交金额、合同编号或流失原因",
        "Won or lost comes after saving: it takes the deal's amount and contract, or the reason",
    ),
    "customers.form.myself": ("我({name})", "Myself ({name})"),
    "customers.form.add": ("添加…", "Add…"),
    "customers.form.take_off": ("移除 {label}", "Remove {label}"),
    "customers.form.nothing_to_add": ("没有可添加的", "Nothing to add"),
    "customers.form.tags_requirement": ("需求标签", "Requirement tags"),
    "customers.form.tags_risk": ("风险标签", "Risk tags"),
    "customers.form.tags_free": ("自由标签", "Free tags"),
    "customers.form.clear": ("清空重填", "Start over"),
    "customers.form.and": ("、", ", "),
    "customers.form.wrong": ("待完善:{fields}", "To do: {fields}"),
    "customers.form.wrong_more": ("待完善:{fields}等 {count} 项", "{count} to do: {fields} …"),
    "customers.form.duplicates": ("疑似重复客户,请核对", "Possibly the same customer, please check"),
    "customers.form.no_duplicates": ("未发现重复客户", "No similar customer so far"),
    "customers.form.duplicates_help": (
        "填写名称、联系人、电话、邮箱或信用代码时自动查重",
        "Looked up as you type name, contact, phone, e-mail or credit code",
    ),
    "customers.form.owned_by": ("负责人:{owner}", "Owner: {owner}"),
    "customers.form.day": ("例如 2015-03-15", "such as 2015-03-15"),
    "customers.form.more_hints": (
        "另有 {n} 个相似客户未列出,填写得更完整后会更准确",
        "{n} more similar ones are not listed; the more you fill in, the closer it gets",
    ),
    "customers.form.elsewhere": ("不在您的权限范围内,请与负责人联系", "Outside of your reach: please ask the owner"),
    "customers.form.nobody": ("暂无", "nobody"),
    "customers.form.open": ("打开", "Open"),
    "customers.form.to_confirm": ("待核对:疑似重复客户", "To check: possibly the same customer"),
    "customers.form.confirm": ("我已核对,不是同一客户", "I checked: it is another customer"),
    "customers.form.saved": ("已保存,客户编号 {number}", "Saved as {number}"),
    "customers.form.not_saved": ("还没有保存,请查看标出的内容", "Not saved yet: please see what is marked"),
}
