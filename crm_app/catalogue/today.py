"""Texts of 今日工作."""

TEXTS = {
    "today.title": ("今日工作", "Today"),
    "today.overdue": ("已逾期", "Overdue"),
    "today.today": ("今天", "Today"),
    "today.tomorrow": ("明天", "Tomorrow"),
    "today.week": ("本周", "This week"),
    "today.assigned": ("新分配的客户", "Newly assigned"),
    "today.assigned.help": (
        "近 14 天分配给您、还没有首次跟进的客户",
        "Given to you in the last 14 days, not contacted yet",
    ),
    "today.done": ("今日已完成", "Done today"),
    "today.summary": ("待处理 {open} 项,今日已完成 {done} 项", "{open} to do, {done} done today"),
    "today.more": ("还有 {n} 项未显示", "{n} more not shown"),
    "today.last_contact": ("上次{method} {day}", "last: {method}, {day}"),
    "today.never_contacted": ("尚未跟进", "no contact yet"),
    "today.record": ("记录跟进", "Log it"),
    "today.first_contact": ("首次跟进", "First contact"),
    "today.clear.title": ("今天的工作都完成了", "All done for today"),
    "today.clear.text": ("没有逾期,也没有今天到期的跟进和任务", "Nothing overdue, nothing due today"),
    "today.start.title": ("开始使用只需三步", "Three steps to start"),
    "today.start.1": ("新增客户", "Add a customer"),
    "today.start.1.text": (
        "填写名称、行业和联系人,系统自动生成客户编号",
        "Name, industry and a contact; the number comes by itself",
    ),
    "today.start.2": ("记录第一次跟进", "Log the first follow-up"),
    "today.start.2.text": ("在客户页面写下沟通内容和客户反馈", "On the customer's page, write what was said"),
    "today.start.3": ("约定下次跟进时间", "Plan the next one"),
    "today.start.3.text": ("到期的跟进和任务会出现在这里", "What falls due appears here"),
    "today.see_customers": ("查看客户", "See customers"),
}
