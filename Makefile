# make demo | test | check | up | bench | lock | clean.  Needs a shell, make and Python 3.11 to 3.14; no service.
PYTHON = .venv/bin/python
.DEFAULT_GOAL = help
.PHONY: help demo up test check mutations bench vendor lock clean runtime dev

help:
	@echo "make demo    set everything up, play the whole story at all four vendors, end with pass or fail"
	@echo "make up      set everything up and stay; Ctrl-C stops it all"
	@echo "make test    set everything up, run every test (make check: the quick half, without servers)"
	@echo "make mutations   break the source on purpose and see each named test fail (about ten minutes)"
	@echo "make bench   measure beside the usual design, in 12 minutes (QUICK=1: in 90 seconds)"
	@echo "make vendor NAME=acme   write a new vendor's files, to be filled in"
	@echo "make lock    resolve locks/*.in anew"
	@echo "make clean   forget .venv and what tools left (never .punctual, which holds your rows)"

runtime:
	@./bin/setup runtime

dev:
	@./bin/setup dev

demo: runtime
	@$(PYTHON) -m punctual demo

up: runtime
	@$(PYTHON) -m punctual up

test: dev
	@$(PYTHON) -m tests.run

check: dev
	@$(PYTHON) -m tests.run --quick

mutations: dev
	@$(PYTHON) -m tests.mutate $(CASES)

bench: dev
	@QUICK=$(QUICK) $(PYTHON) -m benchmarks $(SECTIONS)

vendor: dev
	@$(PYTHON) bin/new_vendor.py $(NAME)

# The oldest Python we promise decides; --universal adds what others need. No index address gets into a lock.
RESOLVE = $(PYTHON) -m uv pip compile --universal --generate-hashes --python-version 3.11.2 --only-binary :all: \
	--no-emit-index-url --no-header --no-annotate --quiet

lock: dev
	$(RESOLVE) locks/runtime.in -o locks/runtime.txt
	$(RESOLVE) locks/dev.in -c locks/runtime.txt -o locks/dev.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
