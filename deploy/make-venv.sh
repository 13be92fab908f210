#!/usr/bin/env bash
# Make the virtual environment: make-venv.sh <directory> [python]. Says how to cure what is missing.
set -euo pipefail
directory=$1 chosen=${2:-}

cure() {
  printf '%s\n' "$@" >&2
  exit 1
}

is_311() { [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.11 ]; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# The system's own Python comes first: everybody may run it, also the unprivileged user that root's demo drops to.
candidates=()
for name in ${chosen:-/usr/bin/python3.11 python3.11 python3}; do
  found=$(command -v "$name" || true)
  if [ -n "$found" ] && is_311 "$found"; then candidates+=("$found"); fi
done
[ ${#candidates[@]} -gt 0 ] || cure "没有找到 Python 3.11${chosen:+（$chosen 不是）}。请安装：apt-get install python3 python3-venv，或用 make PYTHON=/path/to/python3.11 指定。"

python=""
for candidate in "${candidates[@]}"; do
  if has_venv "$candidate"; then
    python=$candidate
    break
  fi
done

# Debian keeps this part of Python in a package of its own.
if [ -z "$python" ]; then
  python=${candidates[0]}
  if [ "$(id -u)" = 0 ]; then
    echo "缺少 python3-venv，正在安装……"
    { apt-get install -y -qq python3-venv || { apt-get update -qq && apt-get install -y -qq python3-venv; }; } >/dev/null 2>&1 || true
  fi
  has_venv "$python" || cure "$python 缺少 venv 模块，无法建立虚拟环境。请以 root 执行：apt-get install python3-venv，然后重试。"
fi

"$python" -m venv "$directory" || {
  rm -rf "$directory"
  cure "虚拟环境未能建立。"
}
