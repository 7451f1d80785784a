"""Texts of the command palette."""

TEXTS = {
    "palette.title": ("搜索与命令", "Search and commands"),
    "palette.hint": ("搜索客户、页面、视图或操作…", "Find customers, pages, views, actions…"),
    "palette.picking": ("记录跟进", "Follow-up"),
    "palette.pick_hint": ("选择客户…", "Choose a customer…"),
    "palette.results": ("结果", "Results"),
    "palette.recent": ("最近打开", "Opened last"),
    "palette.actions": ("操作", "Actions"),
    "palette.pages": ("页面", "Pages"),
    "palette.commands": ("命令", "Commands"),
    "palette.none": ("没有匹配的结果", "Nothing fits"),
    "palette.searching": ("正在搜索…", "Searching…"),
    "palette.count": ("{n} 个结果", "{n} results"),
    "palette.help": ("↑↓ 选择 · 回车打开 · Esc 关闭", "↑↓ choose · Enter opens · Esc closes"),
    "palette.follow_up": ("记录跟进", "Record a follow-up"),
    "palette.export": ("导出客户", "Export customers"),
    "palette.language": ("切换语言(中文 / English)", "Switch to the other language"),
}
