"""Texts of work in the background."""

TEXTS = {
    "background.title": ("后台任务", "Background jobs"),
    "background.help": (
        "导出等较长的工作在后台进行,可以离开页面;生成的文件保留 24 小时",
        "Long work such as exports runs in the background and you may leave the page; files are kept for 24 hours",
    ),
    "background.empty": ("还没有后台任务", "No jobs yet"),
    "background.empty.text": (
        "在客户列表点击“导出”,进度和文件会出现在这里",
        "Export from the customer list; progress and file appear here",
    ),
    "background.kind.find_duplicates": ("查找重复客户", "Search for duplicates"),
    "background.kind.customer_export": ("导出客户", "Export of customers"),
    "background.state.waiting": ("等待中", "Waiting"),
    "background.state.running": ("进行中", "Running"),
    "background.state.done": ("已完成", "Done"),
    "background.state.failed": ("失败", "Failed"),
    "background.state.cancelled": ("已取消", "Cancelled"),
    "background.rows": ("{n} 行", "{n} {n|row|rows}"),
    "background.rows_of": ("{done} / {total} 行", "{done} of {total} rows"),
    "background.download": ("下载文件", "Download"),
    "background.until": ("可下载至 {at}", "kept until {at}"),
    "background.cancel": ("取消 {at} 的{title}", "Cancel: {title}, {at}"),
    "background.cancelled": ("已取消", "Cancelled"),
    "background.ended_before": ("任务已经结束", "The job had ended already"),
    "background.finished": ("{title}已完成", "{title}: done"),
    "background.failed": ("{title}失败:{reason}", "{title} failed: {reason}"),
    "background.show": ("查看", "Show"),
    "background.details": ("查看与撤销", "Show or undo"),
    "background.details_of": ("查看 {at} 的{title}", "Show: {title}, {at}"),
    "background.gone": (
        "文件不存在或已过期,请重新导出",
        "The file doesn't exist or is no longer kept; please export again",
    ),
    "background.refused.many": (
        "您已有 {n} 个任务在进行或等待,请等其中一个完成",
        "You have {n} jobs running or waiting; please wait for one of them",
    ),
    "background.error.refused": (
        "您的账号或权限已变化,任务没有执行",
        "Your account or its rights have changed; the job was not done",
    ),
    "background.error.interrupted": (
        "服务器在执行中两次中断,任务已停止。请重试;如果再次失败,请联系管理员",
        "The server stopped twice while this ran. Please try again; if it fails again, tell your administrator",
    ),
    "background.error.disk": (
        "服务器磁盘空间不足,文件没有生成。请联系管理员",
        "The server's disk is full; no file was made. Please tell your administrator",
    ),
    "background.error.unexpected": (
        "任务失败,没有生成文件。请重试;如果仍然失败,请将编号 {ref} 告知管理员",
        "The job failed and made no file. Please try again; if it fails again, tell the administrator the reference {ref}",
    ),
}
