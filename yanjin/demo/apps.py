from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "yanjin.demo"
    label = "demo"
