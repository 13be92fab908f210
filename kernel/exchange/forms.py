"""The upload form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kernel.exchange.preflight import TOO_BIG


class UploadForm(forms.Form):
    """One workbook. What is inside is judged by the service, not here."""

    file = forms.FileField(
        label=_("工作簿"),
        help_text=_("Excel 工作簿（.xlsx），最大 30 MB；身份证号、电话列须为文本格式"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("请选择要导入的文件"), "empty": _("文件是空的，请重新选择文件")},
    )

    def clean_file(self) -> Any:
        """Too large a file is refused before its bytes are read."""
        given = self.cleaned_data["file"]
        if given.size > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(TOO_BIG.message, code=TOO_BIG.code)
        return given

    def refuse(self, message: Any) -> None:
        """Say why the file is not taken."""
        self.add_error("file", str(message))
