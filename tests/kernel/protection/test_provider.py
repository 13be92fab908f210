from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kernel.protection.provider import (
    AES_GCM,
    SM4_GCM,
    ProtectionError,
    Sm4Gcm,
    blind_index,
    blind_index_many,
    is_token,
    keyring,
    needs_reseal,
    open_sealed,
    reseal,
    seal,
    seal_many,
)

CONTEXT = "labour.person.id_number"
OLD_KEY, NEW_KEY, INDEX_KEY = b"o" * 32, b"n" * 32, b"i" * 32
# The settings stay the same through all examples of one test.
one_configuration = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(params=[AES_GCM, SM4_GCM])
def cipher(request: pytest.FixtureRequest, settings: Any) -> str:
    """Both providers answer to the same tests."""
    settings.FIELD_KEYS = {"old": OLD_KEY}
    settings.BLIND_INDEX_KEY = INDEX_KEY
    settings.FIELD_CIPHER = request.param
    return str(request.param)


@one_configuration
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens(cipher: str, plaintext: str, context: str) -> None:
    token = seal(plaintext, context=context)
    assert is_token(token)
    assert open_sealed(token, context=context) == plaintext


@one_configuration
@given(st.text("0123456789X", min_size=1, max_size=20), st.data())
def test_any_changed_byte_fails(cipher: str, plaintext: str, data: st.DataObject) -> None:
    token = bytearray(seal(plaintext, context=CONTEXT))
    at = data.draw(st.integers(0, len(token) - 1))
    token[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProtectionError):
        open_sealed(bytes(token), context=CONTEXT)


@one_configuration
@given(st.integers(0, 60))
def test_a_shortened_token_fails(cipher: str, length: int) -> None:
    token = seal("410799198102240017", context=CONTEXT)
    with pytest.raises(ProtectionError):
        open_sealed(token[: min(length, len(token) - 1)], context=CONTEXT)


@one_configuration
@given(st.binary(max_size=80))
def test_arbitrary_bytes_fail(cipher: str, noise: bytes) -> None:
    with pytest.raises(ProtectionError):
        open_sealed(noise, context=CONTEXT)


@one_configuration
@given(st.text(max_size=20))
def test_another_context_fails(cipher: str, other: str) -> None:
    token = seal("410799198102240017", context=CONTEXT)
    with pytest.raises(ProtectionError):
        open_sealed(token, context=CONTEXT + other if other else "")


def test_equal_values_have_different_tokens(cipher: str) -> None:
    tokens = seal_many(["410799198102240017"] * 100, context=CONTEXT)
    assert len(set(tokens)) == 100
    assert b"410799" not in b"".join(tokens)
    assert seal_many([], context=CONTEXT) == []


def test_the_error_says_nothing_of_the_value(cipher: str) -> None:
    with pytest.raises(ProtectionError) as caught:
        open_sealed(seal("410799198102240017", context=CONTEXT), context="elsewhere")
    assert str(caught.value).startswith("受保护的数据无法解密")
    assert caught.value.__cause__ is None


def test_rotation_of_the_key(cipher: str, settings: Any) -> None:
    token = seal("410799198102240017", context=CONTEXT)
    assert not needs_reseal(token)
    settings.FIELD_KEYS = {"new": NEW_KEY, "old": OLD_KEY}
    assert open_sealed(token, context=CONTEXT) == "410799198102240017"
    assert needs_reseal(token)
    fresh = reseal(token, context=CONTEXT)
    assert not needs_reseal(fresh)
    assert reseal(fresh, context=CONTEXT) is fresh
    settings.FIELD_KEYS = {"new": NEW_KEY}
    assert open_sealed(fresh, context=CONTEXT) == "410799198102240017"
    with pytest.raises(ProtectionError):
        open_sealed(token, context=CONTEXT)


def test_change_of_the_algorithm(cipher: str, settings: Any) -> None:
    token = seal("410799198102240017", context=CONTEXT)
    settings.FIELD_CIPHER = SM4_GCM if cipher == AES_GCM else AES_GCM
    assert needs_reseal(token)
    assert open_sealed(reseal(token, context=CONTEXT), context=CONTEXT) == "410799198102240017"
    assert token[1] != reseal(token, context=CONTEXT)[1]


def test_the_same_key_id_with_another_key_fails(cipher: str, settings: Any) -> None:
    token = seal("410799198102240017", context=CONTEXT)
    settings.FIELD_KEYS = {"old": NEW_KEY}
    with pytest.raises(ProtectionError):
        open_sealed(token, context=CONTEXT)


@one_configuration
@given(st.lists(st.text("0123456789X", min_size=1, max_size=18), min_size=1))
def test_blind_indexes_are_equal_exactly_for_equal_values(cipher: str, values: list[str]) -> None:
    indexes = blind_index_many(values, context=CONTEXT, county=410726)
    assert {len(index) for index in indexes} == {16}
    assert len(set(indexes)) == len(set(values))
    assert indexes[0] == blind_index(values[0], context=CONTEXT, county=410726)


def test_blind_indexes_do_not_join_across_counties_columns_keys_or_algorithms(cipher: str, settings: Any) -> None:
    other_cipher = SM4_GCM if cipher == AES_GCM else AES_GCM
    number = "410799198102240017"
    found = {
        blind_index(number, context=CONTEXT, county=410726),
        blind_index(number, context=CONTEXT, county=410799),
        blind_index(number, context="labour.person.id_tail", county=410726),
        blind_index(number, context=CONTEXT, county=410726, cipher=other_cipher),
    }
    settings.BLIND_INDEX_KEY = NEW_KEY
    found.add(blind_index(number, context=CONTEXT, county=410726))
    assert len(found) == 5
    settings.FIELD_CIPHER = other_cipher
    settings.BLIND_INDEX_KEY = INDEX_KEY
    assert blind_index(number, context=CONTEXT, county=410726) in found


def test_nothing_has_no_blind_index(cipher: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        blind_index("", context=CONTEXT, county=410726)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"FIELD_KEYS": {}}, "FIELD_KEYS is empty"),
        ({"FIELD_KEYS": {"k": b"short"}}, "must hold 32 bytes"),
        ({"FIELD_KEYS": {"钥匙": OLD_KEY}}, "ASCII"),
        ({"FIELD_KEYS": {"": OLD_KEY}}, "ASCII"),
        ({"BLIND_INDEX_KEY": b"short"}, "BLIND_INDEX_KEY must hold"),
        ({"BLIND_INDEX_KEY": OLD_KEY}, "must differ"),
        ({"FIELD_CIPHER": "rot13"}, "FIELD_CIPHER must be one of"),
    ],
)
def test_wrong_settings_are_named(cipher: str, settings: Any, wrong: dict[str, Any], said: str) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=said):
        keyring()


def test_sm4_gcm_gives_the_published_vector() -> None:
    # RFC 8998, appendix A.1.
    cipher = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    nonce = bytes.fromhex("00001234567800000000ABCD")
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plaintext = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    sealed = cipher.encrypt(nonce, plaintext, associated)
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.decrypt(nonce, sealed, associated) == plaintext


def test_a_hundred_thousand_values_are_quick(settings: Any) -> None:
    settings.FIELD_CIPHER = AES_GCM
    numbers = [f"4107991981{number:08d}" for number in range(100_000)]
    start = time.process_time()
    tokens = seal_many(numbers, context=CONTEXT)
    indexes = blind_index_many(numbers, context=CONTEXT, county=410726)
    # 0.15 s and 0.13 s measured; the bound catches a key derived for each value.
    assert time.process_time() - start < 1.5
    assert len(set(tokens)) == len(set(indexes)) == 100_000
