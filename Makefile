# Two commands matter: `make demo` runs the whole system, `make test` proves it. Both need Python 3.11 and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Another interpreter: make PYTHON=/path/to/python3.11
PYTHON ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes
WORKERS ?= 2
IS_ROOT := $(filter 0,$(shell id -u))

.PHONY: help demo test lint types contracts bench browser clean

help: ## 列出命令
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 18

demo: .venv/.demo-stamp ## 启动演示（Ctrl-C 停止）
	@exec $(BIN)/python -m yanjin.demo

test: .venv/.test-stamp browser lint contracts types ## 全部检查与测试
	$(BIN)/python -m pytest -n $(WORKERS)

lint: .venv/.test-stamp ## 代码风格
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

contracts: .venv/.test-stamp ## 楼层与房间（import-linter）
	$(BIN)/lint-imports

# The Django plugin reads the settings, which want addresses and keys; none of these is ever used.
NOTHING := AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
types: export DATABASE_URL := postgresql://localhost/none
types: export REDIS_URL := redis://localhost
types: export SECRET_KEY := only-for-type-checking
types: export FIELD_KEYS := none:$(NOTHING)
types: export BLIND_INDEX_KEY := $(NOTHING)
types: .venv/.test-stamp ## 类型（mypy）
	$(BIN)/mypy .

bench: .venv/.test-stamp ## 性能比值
	$(BIN)/python -m benchmarks run
	$(BIN)/python -m benchmarks check

clean: ## 删除虚拟环境与缓存，保留 var/ 里的数据
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- the virtual environment

.venv/bin/python:
	@deploy/make-venv.sh .venv $(PYTHON)

.venv/.demo-stamp: requirements/demo.txt | .venv/bin/python
	@echo "正在安装运行所需的软件包（约半分钟）……"
	@$(PIP) -r $<
	@touch $@

.venv/.test-stamp: requirements/test.txt | .venv/bin/python
	@echo "正在安装测试所需的软件包（约一分钟）……"
	@$(PIP) -r $<
	@touch $@

# -- the browser: Debian's own, installed only where we may; without it the browser tests are skipped and say so

browser:
ifneq ($(IS_ROOT),)
	@command -v chromium >/dev/null || { echo "正在安装 Chromium 与中文字体，用于浏览器测试……"; \
	  { DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-wqy-zenhei; } >/dev/null 2>&1 || true; }
endif
	@command -v chromium >/dev/null || echo "没有 Chromium：浏览器测试将被跳过（apt-get install chromium fonts-wqy-zenhei 后再运行即可）。"
