"""Texts of drop-down lists and tags; the entries' own labels are data."""

TEXTS = {
    "option_list.channel": ("沟通渠道", "Preferred channels"),
    "option_list.headcount": ("人数规模", "Headcount"),
    "option_list.industry": ("行业", "Industries"),
    "option_list.loss_reason": ("流失原因", "Loss reasons"),
    "option_list.method": ("跟进方式", "Follow-up methods"),
    "option_list.revenue": ("营收规模", "Revenue"),
    "option_list.source": ("客户来源", "Sources"),
    "error.tag.empty": ("请填写标签", "Please enter a tag"),
    "error.tag.long": ("标签不能超过 {max} 个字", "A tag has at most {max} characters"),
}
