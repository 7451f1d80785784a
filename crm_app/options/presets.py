"""What the drop-down lists and tags hold on a fresh system (R1.2, R1.4, R6.2); the administrator goes on from there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from crm_app.core.vocabulary import OptionList, TagKind

Entry: TypeAlias = tuple[str, str, str]
"""Code, Chinese and English label."""

OPTIONS: Mapping[OptionList, tuple[Entry, ...]] = MappingProxyType(
    {
        OptionList.INDUSTRY: (
            ("MFG", "制造业", "Manufacturing"),
            ("RET", "零售业", "Retail"),
            ("ITS", "信息技术服务业", "IT services"),
            ("INT", "互联网", "Internet"),
            ("FIN", "金融", "Finance"),
            ("EDU", "教育", "Education"),
            ("MED", "医疗", "Health care"),
            ("LOG", "物流", "Logistics"),
            ("CON", "建筑", "Construction"),
            ("ENE", "能源", "Energy"),
            ("AGR", "农业", "Agriculture"),
            ("SER", "服务业", "Services"),
        ),
        OptionList.SOURCE: (
            ("exhibition", "展会", "Exhibition"),
            ("partner", "合作伙伴转介绍", "Partner referral"),
            ("online_ads", "线上广告", "Online advertising"),
            ("website", "官网", "Website"),
            ("telesales", "电话营销", "Telesales"),
            ("customer_referral", "老客户推荐", "Customer referral"),
            ("other", "其他", "Other"),
        ),
        OptionList.METHOD: (
            ("phone", "电话沟通", "Phone call"),
            ("visit", "上门拜访", "Visit"),
            ("email", "邮件往来", "E-mail"),
            ("meeting", "线上会议", "Online meeting"),
            ("wechat", "微信", "WeChat"),
            ("event", "活动", "Event"),
            ("other", "其他", "Other"),
        ),
        OptionList.LOSS_REASON: (
            ("price", "价格过高", "Price too high"),
            ("competitor", "选择了竞争对手", "Chose a competitor"),
            ("budget", "预算取消或不足", "Budget cut"),
            ("no_need", "需求消失", "No longer needed"),
            ("mismatch", "产品不匹配", "Product does not fit"),
            ("service", "对服务不满意", "Unhappy with the service"),
            ("unreachable", "长期联系不上", "Cannot be reached"),
            ("closed", "客户停业或注销", "Company closed"),
            ("other", "其他", "Other"),
        ),
        OptionList.HEADCOUNT: (
            ("1-19", "20人以下", "Under 20"),
            ("20-99", "20-99人", "20 to 99"),
            ("100-499", "100-499人", "100 to 499"),
            ("500-999", "500-999人", "500 to 999"),
            ("1000-4999", "1000-4999人", "1,000 to 4,999"),
            ("5000+", "5000人以上", "5,000 and more"),
        ),
        OptionList.REVENUE: (
            ("0-5m", "500万以下", "Under ¥5M"),
            ("5-20m", "500万-2000万", "¥5M to ¥20M"),
            ("20-100m", "2000万-1亿", "¥20M to ¥100M"),
            ("100-500m", "1亿-5亿", "¥100M to ¥500M"),
            ("500m-2b", "5亿-20亿", "¥500M to ¥2B"),
            ("2b+", "20亿以上", "¥2B and more"),
        ),
        OptionList.CHANNEL: (
            ("mobile", "手机", "Mobile"),
            ("wechat", "微信", "WeChat"),
            ("email", "邮件", "E-mail"),
            ("landline", "座机", "Landline"),
            ("sms", "短信", "Text message"),
            ("visit", "当面拜访", "In person"),
        ),
    }
)

TAGS: Mapping[TagKind, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        TagKind.REQUIREMENT: (
            ("采购设备", "cyan"),
            ("咨询服务", "indigo"),
            ("技术支持", "blue"),
            ("定制开发", "violet"),
            ("培训服务", "teal"),
            ("系统升级", "sky"),
        ),
        TagKind.RISK: (
            ("高流失风险", "red"),
            ("付款延迟", "orange"),
            ("投诉高风险", "crimson"),
            ("竞品介入", "tomato"),
            ("关键人变动", "amber"),
        ),
    }
)
"""Names with their Radix colours; free tags are made by people."""
