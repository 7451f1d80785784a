"""Texts of the panel beside a list."""

TEXTS = {
    "peek.panel": ("预览 {name}", "Preview of {name}"),
    "peek.open": ("打开客户页", "Open the page"),
    "peek.close": ("关闭预览", "Close the preview"),
    "peek.next": ("下一步", "Next"),
    "peek.no_next": ("还没有安排下次跟进", "No follow-up is planned"),
    "peek.next_follow_up": ("下次跟进", "Follow up on"),
    "peek.more_tasks": ("还有 {n} 项待办", "{n} more {n|task|tasks}"),
    "peek.contact": ("主要联系人", "Main contact"),
    "peek.facts": ("资料", "Facts"),
    "peek.notes": ("最近跟进", "Latest follow-ups"),
    "peek.no_notes": ("还没有跟进记录", "No follow-ups yet"),
}
