from crm_app.core.problems import Invalid, Problem


def test_problem_is_hashable_and_compares_with_its_parameters():
    assert hash(Problem("error.x", {"max": 3})) == hash(Problem("error.x", {"max": 4}))
    assert Problem("error.x", {"max": 3}) != Problem("error.x", {"max": 4})


def test_invalid_says_for_each_field_what_is_wrong():
    invalid = Invalid({"mobile": Problem("error.mobile.empty")})
    assert invalid.problems == {"mobile": Problem("error.mobile.empty")}
    assert str(invalid) == "mobile: error.mobile.empty"
