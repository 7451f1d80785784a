"""What the words of a main business say of its industry: only those that no other industry uses of itself.

A company that sells software to banks says 金融 as well as 软件, so single words of one industry prove nothing: what is
told is that several words name one other industry, and none the customer's own. They are words of what a company does
itself, not of whom it does it for: 医院 stands in the business of whoever sells to hospitals.
"""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MFG": ("机械制造", "机床", "零部件加工", "模具", "注塑", "冲压", "铸造", "数控加工", "装配生产", "设备制造"),
        "RET": ("连锁超市", "便利店", "百货零售", "零售门店", "商超", "专卖店", "日用品零售", "服装零售"),
        "ITS": ("软件开发", "系统集成", "信息技术服务", "运维服务", "软件外包", "IT咨询", "云计算服务"),
        "INT": ("互联网平台", "社交平台", "短视频", "搜索引擎", "网络游戏", "在线社区", "直播平台"),
        "FIN": ("银行存贷款", "证券经纪", "保险经纪", "基金管理", "融资租赁", "小额贷款", "信托理财", "期货经纪"),
        "EDU": ("学历教育", "职业培训", "课外辅导", "幼儿教育", "学科辅导", "升学辅导", "语言培训", "教学服务"),
        "MED": ("诊疗服务", "门诊诊疗", "药品零售", "药品批发", "康复护理", "健康体检服务", "康复治疗", "中药饮片"),
        "LOG": ("货物运输", "快递揽收", "仓储配送", "国际货代", "货运代理", "冷链运输", "物流配送", "零担运输"),
        "CON": ("房屋建筑", "建筑施工", "市政工程", "装饰装修工程", "土石方", "桥梁工程", "钢结构安装"),
        "ENE": ("光伏发电", "风力发电", "火力发电", "石油开采", "天然气供应", "煤炭开采", "售电", "储能电站"),
        "AGR": ("种植", "养殖", "农产品收购", "畜牧", "水产捕捞", "种子繁育", "果蔬基地", "饲料"),
        "SER": ("家政服务", "物业管理", "餐饮服务", "酒店管理", "旅行社", "会展服务", "保安服务", "人力资源服务"),
    }
)
LEAST = 2
"""So many words of one industry name it."""


def industry_of_business(business: str, industry: str) -> str:
    """The code of the other industry that the words name, '' where they leave a doubt.

    An industry that the company added itself is never doubted: nothing is known of its words.
    """
    if industry not in WORDS:
        return ""
    named = {code: sum(word in business for word in words) for code, words in WORDS.items()}
    others = [code for code, count in named.items() if count]
    return others[0] if len(others) == 1 and others[0] != industry and named[others[0]] >= LEAST else ""
