"""Hashing, generated passwords, and which new ones are refused."""

import asyncio
import threading

import pytest

from crm_app.access.passwords import (
    MAX_LENGTH,
    check_new_password,
    hash_password,
    hashing,
    make_password,
    nobodys_hash,
    verify_password,
)


def test_a_hash_is_argon2id_with_its_own_salt_and_fits_its_password_only() -> None:
    first, second = hash_password("a-Fine-long-Pass-9"), hash_password("a-Fine-long-Pass-9")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert verify_password("a-Fine-long-Pass-9", first)
    assert not verify_password("a-Fine-long-Pass-8", first)


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "\x00"])
def test_what_is_no_hash_fits_nothing(stored: str) -> None:
    assert not verify_password("", stored)
    assert not verify_password(stored, stored)


def test_checking_an_unknown_name_takes_the_same_parameters_as_a_known_one() -> None:
    assert nobodys_hash().split("$")[:4] == hash_password("x" * 12).split("$")[:4]


def test_generated_passwords_differ_and_are_accepted() -> None:
    made = {make_password() for _ in range(200)}
    assert len(made) == 200
    assert {check_new_password(p, username="wang", name="王") for p in made} == {None}


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "error.password.short"),
        ("123456789", "error.password.short"),
        ("x" * (MAX_LENGTH + 1), "error.password.long"),
        ("aaaaaaaaaaaa", "error.password.known"),
        ("password123456", "error.password.known"),
        ("Password!123", None),
        ("wangfangwangfang", "error.password.known"),
        ("WangFang12", "error.password.known"),
        ("王芳王芳王芳王芳王芳王芳", "error.password.known"),
        ("correct horse battery", None),
        ("西湖边的桂花开了两次吗", None),
    ],
)
def test_new_passwords(password: str, code: str | None) -> None:
    problem = check_new_password(password, username="wangfang", name="王芳")
    assert (problem.code if problem else None) == code


async def test_hashing_takes_one_thread_of_its_own() -> None:
    names = await asyncio.gather(*(hashing(lambda: threading.current_thread().name) for _ in range(8)))
    assert len(set(names)) == 1
    assert names[0].startswith("crm-hash")
