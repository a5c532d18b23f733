# Each target is one script of .ci/; this file only lists them. `make help` shows what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo test matrix lint format frontend frontend-test c-test py-test \
	browser-test packaging-test bench soak asan tsan fuzz clean distclean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## System packages, .venv, extension, front end (the other targets do it themselves)
	@bash .ci/setup.sh

demo: ## The example shop on http://127.0.0.1:8000 (PORT=...), with data, profiles and an admin user
	@bash .ci/demo.sh

test: ## Everything that must pass on this machine's Python
	@bash .ci/test.sh

matrix: ## The Python tests on every supported CPython with every Django it can run
	@bash .ci/matrix.sh

lint: ## clang-format, clang-tidy, ruff, mypy, shellcheck
	@bash .ci/lint.sh

format: ## Rewrite C and Python in the project's format
	@bash .ci/lint.sh format

frontend: ## Build the admin's scripts and styles from frontend/
	@bash .ci/frontend.sh

frontend-test: ## Unit tests of the front end
	@bash .ci/frontend.sh test

c-test: ## The C library alone: build, unit tests, installation
	@bash .ci/c-test.sh plain

asan: ## C and Python tests of libprof under AddressSanitizer and UndefinedBehaviorSanitizer
	@bash .ci/c-test.sh asan
	@bash .ci/python-asan.sh

tsan: ## C tests under ThreadSanitizer
	@bash .ci/c-test.sh tsan

fuzz: ## libFuzzer targets, SECONDS each (default 30)
	@bash .ci/fuzz.sh $(SECONDS)

py-test: ## Python tests without browser and packaging; ARGS are handed to pytest
	@bash .ci/python-test.sh -m "not browser and not packaging" $(ARGS)

browser-test: ## The story in a real browser
	@bash .ci/python-test.sh -m browser $(ARGS)

packaging-test: ## Build the wheel and use it in a new Django project
	@bash .ci/python-test.sh -m packaging $(ARGS)

bench: ## The targets of tracing beside the peers; ARGS: part... --rounds N
	@bash .ci/bench.sh $(ARGS)

soak: ## An hour of the example shop under profiled load (MINUTES=...), then the sampler under torture and CPython's own tests
	@bash .ci/soak.sh $(MINUTES)

clean: ## Remove what was built, keep the environment
	@rm -rf build dist django_profiler/static/django_profiler/dist

distclean: clean ## Remove everything that is not in git and not yours
	@rm -rf .venv frontend/node_modules .mypy_cache .ruff_cache .pytest_cache
