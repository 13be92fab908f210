#!/usr/bin/env bash
# Make the virtual environment: make-venv.sh <python> <directory>. Says how to cure what is missing.
set -euo pipefail
python=${1:-} directory=$2

cure() {
  printf '%s\n' "$@" >&2
  exit 1
}

[ -n "$python" ] || cure "没有找到 Python。请先安装 Python 3.11：apt-get install python3 python3-venv"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$version" = 3.11 ] || cure "需要 Python 3.11，而 $python 是 $version。请安装后用 make PYTHON=/path/to/python3.11 指定。"

# Debian keeps this part of Python in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    echo "缺少 python3-venv，正在安装……"
    { apt-get install -y -qq python3-venv || { apt-get update -qq && apt-get install -y -qq python3-venv; }; } >/dev/null 2>&1 || true
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null \
    || cure "$python 缺少 venv 模块，无法建立虚拟环境。请以 root 执行：apt-get install python3-venv，然后重试。"
fi

"$python" -m venv "$directory" || {
  rm -rf "$directory"
  cure "虚拟环境未能建立。"
}
