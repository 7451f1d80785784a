"""Why an input of the pure vocabulary was refused: phone, e-mail, credit code, period, amount, moment."""

TEXTS = {
    "error.mobile.empty": ("请填写手机号", "Please enter a mobile number"),
    "error.mobile.country": ("只支持中国大陆手机号", "Only mobile numbers of mainland China"),
    "error.mobile.characters": ("手机号只能包含数字", "A mobile number has digits only"),
    "error.mobile.too_short": (
        "手机号应为 {expected} 位,现在是 {digits} 位",
        "A mobile number has {expected} digits, this has {digits}",
    ),
    "error.mobile.too_long": (
        "手机号应为 {expected} 位,现在是 {digits} 位",
        "A mobile number has {expected} digits, this has {digits}",
    ),
    "error.mobile.segment": ("手机号段 {segment} 不存在,请核对", "There is no number segment {segment}, please check"),
    "error.landline.empty": ("请填写电话号码", "Please enter a phone number"),
    "error.landline.characters": ("只能包含数字、空格、括号和短横线", "Digits, blanks, brackets, dashes only"),
    "error.landline.area": ("区号不正确,例如 0755-12345678", "Unknown area code; e.g. 0755-12345678"),
    "error.landline.length": ("电话号码位数不正确(现在 {digits} 位)", "Wrong length: {digits} digits"),
    "error.email.empty": ("请填写邮箱", "Please enter an e-mail address"),
    "error.email.too_long": ("邮箱最多 {max} 个字符,现在是 {length} 个", "At most {max} characters, this has {length}"),
    "error.email.at_sign": (
        "邮箱应包含一个 @,例如 name@company.com",
        "An e-mail address has one @, such as name@company.com",
    ),
    "error.email.no_domain": (
        "请填写邮箱 @ 后面的域名,例如 name@company.com",
        "Please add what follows the @, such as name@company.com",
    ),
    "error.email.local_part": ("邮箱 @ 前面的部分不正确", "The part before the @ is not valid"),
    "error.email.domain": ("邮箱域名 {domain} 不正确", "{domain} is not a valid domain"),
    "error.credit_code.empty": ("请填写统一社会信用代码", "Please enter the unified social credit code"),
    "error.credit_code.characters": (
        "统一社会信用代码不能包含 {characters}",
        "A credit code can't contain {characters}",
    ),
    "error.credit_code.length": (
        "统一社会信用代码应为 {expected} 位,现在是 {length} 位",
        "A credit code has {expected} characters, this has {length}",
    ),
    "error.credit_code.check_digit": (
        "统一社会信用代码校验位不正确,请核对",
        "The check digit is wrong, please compare with the certificate",
    ),
    "error.period.empty": ("请填写日期", "Please enter a date"),
    "error.period.unknown": ("无法识别日期 “{text}”", "Can't read the date “{text}”"),
    "error.period.date": ("日期 “{text}” 不存在", "There is no date “{text}”"),
    "error.period.year": (
        "年份 “{text}” 应在 {min} 到 {max} 之间",
        "The year “{text}” must be between {min} and {max}",
    ),
    "error.period.order": ("“{text}” 的结束早于开始", "“{text}” ends before it starts"),
    "error.period.days": ("天数 {days} 超过上限 {max}", "{days} days are more than {max}"),
    "error.amount.empty": ("请填写金额", "Please enter an amount"),
    "error.amount.format": ("无法识别金额 “{text}”", "Can't read the amount “{text}”"),
    "error.amount.negative": ("金额不能为负数", "An amount can't be negative"),
    "error.amount.places": ("金额最多保留 {places} 位小数", "At most {places} decimal places"),
    "error.amount.too_large": ("金额不能超过 {max}", "At most {max}"),
    "error.amount.order": (
        "金额范围 {minimum} 到 {maximum} 的上限小于下限",
        "The range {minimum} to {maximum} ends below its start",
    ),
    "error.moment.empty": ("请填写时间", "Please enter a time"),
    "error.moment.format": ("时间 “{text}” 应为 YYYY-MM-DD HH:MM", "“{text}” should read YYYY-MM-DD HH:MM"),
    "error.moment.impossible": ("时间 “{text}” 不存在", "There is no such time as “{text}”"),
}
