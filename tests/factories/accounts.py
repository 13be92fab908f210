"""People who sign in, their posts, the rules they sign in by, and department systems."""

from __future__ import annotations

import datetime as dt

import factory
from oauth2_provider.models import Application

from kernel.accounts.models import Appointment, DepartmentClient, PasswordHistory, SecurityPolicy, User
from kernel.accounts.roles import Role

COUNTY = 410799000000


class UserFactory(factory.django.DjangoModelFactory[User]):
    """An official of the unallocated county; no password."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"official{n}")
    full_name = factory.Sequence(lambda n: f"测试员{n}")
    home_id = COUNTY


class AppointmentFactory(factory.django.DjangoModelFactory[Appointment]):
    """A county clerk since 2019."""

    class Meta:
        model = Appointment

    user = factory.SubFactory(UserFactory)
    role = Role.CLERK
    division_id = COUNTY
    valid_from = dt.date(2019, 1, 1)


class PasswordHistoryFactory(factory.django.DjangoModelFactory[PasswordHistory]):
    """An earlier password; its hash fits nothing."""

    class Meta:
        model = PasswordHistory

    user = factory.SubFactory(UserFactory)
    password = "!unusable"


class SecurityPolicyFactory(factory.django.DjangoModelFactory[SecurityPolicy]):
    """The shipped rules, from a day of their own on."""

    class Meta:
        model = SecurityPolicy

    valid_from = factory.Sequence(lambda n: dt.date(2030, 1, 1) + dt.timedelta(days=n))


class ApplicationFactory(factory.django.DjangoModelFactory[Application]):
    """The OAuth side of a department's system, without the second that hashing a secret takes."""

    class Meta:
        model = Application

    name = factory.Sequence(lambda n: f"系统{n}")
    client_type = Application.CLIENT_CONFIDENTIAL
    authorization_grant_type = Application.GRANT_CLIENT_CREDENTIALS
    hash_client_secret = False


class DepartmentClientFactory(factory.django.DjangoModelFactory[DepartmentClient]):
    """A department's system that reads figures until 2030."""

    class Meta:
        model = DepartmentClient

    name = factory.Sequence(lambda n: f"部门系统{n}")
    owner = "县农业农村局"
    purpose = "核对防返贫监测对象就业情况"
    legal_basis = "测试"
    division_id = COUNTY
    scopes = factory.LazyFunction(lambda: ["figures:read"])
    valid_to = dt.date(2030, 1, 1)
    application = factory.SubFactory(ApplicationFactory)
    user = factory.SubFactory(UserFactory, is_service=True)
