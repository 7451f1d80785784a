"""Texts of accounts, the first run and the integrity check."""

TEXTS = {
    "error.account.disabled": ("账号 {username} 已停用", "The account {username} is disabled"),
    "error.account.last_administrator": (
        "{username} 是最后一位可用的系统管理员,不能停用",
        "{username} is the last administrator and can't be disabled",
    ),
    "error.account.unknown": ("没有账号 {username}", "There is no account {username}"),
    "error.department.unknown": ("没有名为 {name} 的唯一部门", "There is no single department {name}"),
    "error.person_name.empty": ("请填写姓名", "Please enter a name"),
    "error.person_name.long": ("姓名不能超过 {max} 个字", "A name has at most {max} characters"),
    "error.role.unknown": ("没有角色 {role}", "There is no role {role}"),
    "error.username.empty": ("请填写用户名", "Please enter a username"),
    "error.username.format": (
        "用户名为 2 至 40 位小写字母、数字、点、横线或下划线,以字母或数字开头",
        "A username has 2 to 40 lower-case letters, digits, dots, dashes or underscores; it begins with no sign",
    ),
    "error.username.taken": ("用户名 {username} 已被使用", "The username {username} is taken"),
}
