"""Addresses of members. Of allauth's own pages only those that Berth uses exist."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import path

from members.views import account, demo_outbox, sign_in, vehicles

urlpatterns = [
    path("accounts/login/", sign_in.sign_in, name="account_login"),
    path("accounts/login/code/", sign_in.enter_code, name="account_code"),
    path("accounts/login/code/resend/", sign_in.resend_code, name="account_code_resend"),
    path("accounts/signup/", sign_in.sign_up, name="account_signup"),
    path("accounts/logout/", allauth_views.logout, name="account_logout"),
    path("accounts/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("account/", account.account, name="account"),
    path("account/contact/", account.change_contact, name="account_contact"),
    path("account/contact/code/", account.confirm_contact, name="account_contact_code"),
    path("account/contact/code/resend/", account.resend_contact_code, name="account_contact_code_resend"),
    path("account/vehicles/", vehicles.vehicles, name="vehicles"),
    path("account/vehicles/<int:vehicle_id>/remove/", vehicles.vehicle_remove, name="vehicle_remove"),
    path("demo/outbox/", demo_outbox.demo_outbox, name="demo_outbox"),
]
