"""What a file is, before anything parses it: magic bytes and the zip directory. Messages say what it is and the cure."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be. A county of 100,000 people is one sheet of about 100 MB of XML."""

    entries: int = 200
    unpacked: int = 300 * 1024 * 1024
    ratio: int = 100
    columns: int = 256
    rows: int = 200_000
    chunk: int = 5_000


def limits() -> Limits:
    """`settings.EXCHANGE_LIMITS` over the defaults."""
    return Limits(**getattr(settings, "EXCHANGE_LIMITS", {}))


EMPTY = Problem("file.empty", _("文件是空的，请重新选择文件"))
TOO_BIG = Problem("file.too_big", _("文件太大，请拆成几个文件分别导入"))
NOT_EXCEL = Problem("file.not_excel", _("这不是 Excel 工作簿，请用 Excel 或 WPS 另存为“.xlsx”后再导入"))
IS_TEXT = Problem("file.text", _("这是文本文件，只是改了扩展名，请用 Excel 打开后另存为“.xlsx”再导入"))
IS_CSV_NAMED = Problem("file.csv_named", _("这个文件名为 .csv，内容却是 Excel 工作簿，请把扩展名改为“.xlsx”后再导入"))
IS_XLS = Problem("file.xls", _("这是旧版 .xls 文件，请用 Excel 或 WPS 另存为“.xlsx”后再导入"))
IS_ENCRYPTED = Problem("file.encrypted", _("文件设了打开密码，请取消密码后另存再导入"))
IS_MACRO = Problem("file.macro", _("文件带有宏，为安全起见不接收，请另存为不带宏的“.xlsx”后再导入"))
IS_BINARY_BOOK = Problem("file.xlsb", _("这是二进制工作簿 .xlsb，请另存为“.xlsx”后再导入"))
IS_ODS = Problem("file.ods", _("这是 ODS 表格，请另存为“.xlsx”后再导入"))
IS_PDF = Problem("file.pdf", _("这是 PDF 文件，请向对方索取 Excel 原件"))
IS_PICTURE = Problem("file.picture", _("这是图片，请导入 Excel 原件"))
BROKEN = Problem("file.broken", _("文件已损坏，打不开，请用 Excel 打开并另存后再导入"))
BOMB = Problem("file.bomb", _("文件解压后大得不合常理，未接收；请把数据复制到新建的工作簿后再导入"))
BAD_NAMES = Problem("file.names", _("文件内部的路径不合规，可能被人改动过，未接收；请重新从系统下载模板填写"))
NO_SHEET = Problem("file.no_sheet", _("工作簿里没有可见的工作表，请取消隐藏后再导入"))
TOO_MANY_ROWS = Problem("file.too_many_rows", _("工作表行数超过上限，请拆成几个文件，或删去表格下方的空行"))
TOO_MANY_COLUMNS = Problem("file.too_many_columns", _("工作表列数超过上限，请删去表格右侧多余的列"))
TOO_SLOW = Problem("file.too_slow", _("文件太复杂，读取超时，请把数据复制到新建的工作簿后再导入"))

REFUSALS = {
    "encrypted": IS_ENCRYPTED,
    "too_large": BOMB,
    "no_sheet": NO_SHEET,
    "too_many_rows": TOO_MANY_ROWS,
    "too_many_columns": TOO_MANY_COLUMNS,
    "broken": BROKEN,
    "too_slow": TOO_SLOW,
}
"""What the child answers, in our words."""

_OTHERS = ((b"%PDF", IS_PDF), (b"\x89PNG", IS_PICTURE), (b"\xff\xd8\xff", IS_PICTURE), (b"GIF8", IS_PICTURE))


def examine(content: bytes, file_name: str) -> Problem | None:
    """Why this file is not taken, or None. Opens no member of the archive."""
    problem = _not_a_zip(content) or (IS_CSV_NAMED if file_name.lower().endswith(".csv") else None)
    if problem is not None:
        return problem
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _examine_directory(archive.infolist(), len(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return BROKEN


def _not_a_zip(content: bytes) -> Problem | None:
    """What the first bytes say, when it is not a zip archive of bearable size."""
    if len(content) > settings.MAX_UPLOAD_BYTES:
        return TOO_BIG
    if content.startswith(b"PK\x03\x04"):
        return None
    if content.startswith(OLE):
        return IS_ENCRYPTED if "EncryptedPackage".encode("utf-16-le") in content else IS_XLS
    for magic, problem in _OTHERS:
        if content.startswith(magic):
            return problem
    if not content:
        return EMPTY
    return NOT_EXCEL if b"\x00" in content[:4096] else IS_TEXT


def _examine_directory(entries: list[zipfile.ZipInfo], size: int) -> Problem | None:
    bounds = limits()
    names = [entry.filename for entry in entries]
    if any(_escapes(name) for name in names):
        return BAD_NAMES
    if len(entries) > bounds.entries or len(set(names)) != len(names):
        return BOMB
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > bounds.unpacked or unpacked > size * bounds.ratio:
        return BOMB
    if any(entry.flag_bits & 1 for entry in entries):
        return IS_ENCRYPTED
    return _kind(set(names))


def _kind(names: set[str]) -> Problem | None:
    if "xl/workbook.bin" in names:
        return IS_BINARY_BOOK
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return IS_MACRO
    if "xl/workbook.xml" in names and "[Content_Types].xml" in names:
        return None
    return IS_ODS if "content.xml" in names else NOT_EXCEL


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/")
