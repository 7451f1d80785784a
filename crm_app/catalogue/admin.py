"""Texts of accounts, the first run and the integrity check."""

TEXTS = {
    "admin.account.department": ("部门", "Department"),
    "admin.account.name": ("姓名", "Name"),
    "admin.account.role": ("角色", "Role"),
    "admin.account.username": ("用户名", "Username"),
    "admin.demo.hired": (
        "新建账号 {accounts} 个,密码均为:{password}",
        "{accounts} accounts were made; the password of all: {password}",
    ),
    "admin.demo.loaded": (
        "已载入 {customers} 位客户、{follow_ups} 条跟进,用时 {seconds} 秒(全部为虚构数据)",
        "Loaded {customers} customers and {follow_ups} follow-ups in {seconds} s; all of it is made up",
    ),
    "admin.first_run.demo": (
        "首次启动:已载入演示数据(全部为虚构),并为每个角色建立了账号:",
        "First start: demonstration data was loaded (all of it made up), with an account per role:",
    ),
    "admin.first_run.file": (
        "以上内容也保存在 {file}(仅本机用户可读)。",
        "This is also kept in {file}, readable by you only.",
    ),
    "admin.first_run.password": ("所有演示账号的密码:{password}", "Password of all demonstration accounts: {password}"),
    "admin.first_run.setup": (
        "首次启动:请在浏览器打开本系统,用一次性设置码建立系统管理员账号:{code}",
        "First start: open the system in a browser and create the administrator with this one-time code: {code}",
    ),
    "admin.user.added": ("已建立账号 {username}", "The account {username} was made"),
    "admin.user.disabled": (
        "已停用账号 {username},其会话已全部结束",
        "{username} is disabled; all sessions have ended",
    ),
    "admin.user.password": (
        "密码(仅显示这一次,首次登录须修改):{password}",
        "Password, shown this once and to be changed at sign-in: {password}",
    ),
    "admin.user.reset": ("已重置账号 {username} 的密码", "{username} has a new password"),
    "admin.error.newer_database": (
        "数据库来自更新的版本,当前程序无法使用:请安装原来的新版本,或恢复升级前的备份",
        "The database is of a newer version than this program: install that version, or restore the backup before it",
    ),
    "admin.verify.administrator": ("至少有一位可用的系统管理员", "There is an administrator who can sign in"),
    "admin.verify.contacted": (
        "最近联系与下次跟进时间与时间线一致",
        "Last contact and next follow-up agree with the timeline",
    ),
    "admin.verify.counters": ("编号计数器不低于已用编号", "No number counter is behind the numbers given out"),
    "admin.verify.database": ("数据库文件与外键完好", "The database file and its foreign keys are sound"),
    "admin.verify.deals": ("成交汇总与价值分级与成交记录一致", "Totals and value grades agree with the deals"),
    "admin.verify.failed": (
        "发现问题,请先备份数据目录再处理",
        "Something is wrong: back up the data folder before mending it",
    ),
    "admin.verify.files": ("数据目录仅属主可读", "Only its owner can read the data folder"),
    "admin.verify.main_contact": (
        "有联系人的客户恰有一位主联系人",
        "Customers with contacts have exactly one main contact",
    ),
    "admin.verify.anomalies": (
        "数据异常与资料完整度和客户资料相符",
        "Anomalies and completeness agree with the records",
    ),
    "admin.verify.merged": (
        "已合并的客户不再持有记录,且都有所并入的客户",
        "Merged customers have no records left and live on in another one",
    ),
    "admin.verify.own_values": (
        "自定义字段的内容与其检索值一致",
        "What stands in custom fields is found as what it says",
    ),
    "admin.verify.review": (
        "月度复核的每一项都属于现有的复核和客户",
        "Each item of a month-end review belongs to a review and a customer that are there",
    ),
    "admin.verify.names": (
        "查重与排序用的名称与客户名称一致",
        "Names for sorting and for duplicates agree with the names",
    ),
    "admin.verify.passed": ("全部通过", "All is well"),
    "admin.verify.schema": ("数据库结构为最新且与模型一致", "The schema is the newest and agrees with the models"),
    "admin.verify.search": ("搜索索引完整", "The search index is complete"),
    "admin.verify.total": ("客户总数正确", "The total of customers is right"),
    "error.account.disabled": ("账号 {username} 已停用", "The account {username} is disabled"),
    "error.account.last_administrator": (
        "{username} 是最后一位可用的系统管理员,不能停用",
        "{username} is the last administrator and can't be disabled",
    ),
    "error.account.unknown": ("没有账号 {username}", "There is no account {username}"),
    "error.demo.not_empty": (
        "数据库中已有客户;确实要追加演示数据,请加 --add",
        "There are customers already; add --add to load demonstration data beside them",
    ),
    "error.department.unknown": ("没有名为 {name} 的唯一部门", "There is no single department {name}"),
    "error.person_name.empty": ("请填写姓名", "Please enter a name"),
    "error.person_name.long": ("姓名不能超过 {max} 个字", "A name has at most {max} characters"),
    "error.role.unknown": ("没有角色 {role}", "There is no role {role}"),
    "error.setup.closed": ("系统已完成初始设置,请直接登录", "The system is set up already, please sign in"),
    "error.setup.code": (
        "设置码不正确,请查看服务器启动时的输出",
        "Wrong code: see what the server printed at its start",
    ),
    "error.setup.locked": ("尝试次数过多,请 {minutes} 分钟后再试", "Too many tries, please wait {minutes} minutes"),
    "error.username.empty": ("请填写用户名", "Please enter a username"),
    "error.username.format": (
        "用户名为 2 至 40 位小写字母、数字、点、横线或下划线,以字母或数字开头",
        "A username has 2 to 40 lower-case letters, digits, dots, dashes or underscores; it begins with no sign",
    ),
    "error.username.taken": ("用户名 {username} 已被使用", "The username {username} is taken"),
}
