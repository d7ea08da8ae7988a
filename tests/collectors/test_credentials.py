"""Credentials are found behind their reference, and whatever may be a secret is not repeated."""

import base64

import pytest

from collectors.fetching.credentials import CredentialsError, check_credentials, credential_headers

ENVIRON = {"LOGIN": "me:pass word", "TOKEN": "abc", "EMPTY": " "}


def test_the_three_forms():
    basic = base64.b64encode(b"me:pass word").decode()
    assert credential_headers("basic env:LOGIN", ENVIRON) == (("Authorization", f"Basic {basic}"),)
    assert credential_headers("bearer env:TOKEN", ENVIRON) == (("Authorization", "Bearer abc"),)
    assert credential_headers("header X-Api-Key env:TOKEN", ENVIRON) == (("X-Api-Key", "abc"),)
    assert credential_headers("", ENVIRON) == ()


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "token").write_text("xyz\n")
    assert credential_headers(f"bearer file:{tmp_path}/token", {}) == (("Authorization", "Bearer xyz"),)


@pytest.mark.parametrize(
    "text",
    ["hunter2", "bearer hunter2", "basic me:hunter2", "digest env:TOKEN", "header env:TOKEN", "header a:b env:TOKEN",
     "header Host env:TOKEN", "bearer env:TOKEN more"],
)  # fmt: skip
def test_other_forms_are_refused_without_a_word_of_the_secret(text):
    with pytest.raises(CredentialsError) as refused:
        check_credentials(text)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["bearer env:ABSENT", "bearer env:EMPTY", "bearer file:/does/not/exist", "basic env:TOKEN"]
)
def test_a_secret_that_is_missing_or_unfit_is_a_sentence(text):
    check_credentials(text)
    with pytest.raises(CredentialsError):
        credential_headers(text, ENVIRON)
