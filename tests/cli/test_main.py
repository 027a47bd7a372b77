"""Every command has help, and a wrong one is one line."""

import pytest

import lime_core as lc
from lime_core.cli.main import main
from tests.cli.conftest import one_line


@pytest.mark.parametrize(
    "command", [["batch"], ["models", "check"], ["prior", "build"], ["prior", "show"], ["prior", "import"]]
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert "usage: lime-core" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["explode"], ["explain"], ["explain", "gallery:nobody"]])
def test_a_wrong_command_is_one_line_and_exit_code_2(run, arguments):
    code, _, error = run(*arguments)
    assert code == 2
    one_line(error)


@pytest.mark.parametrize("command", [[], ["explain"], ["stability"], ["replay"], ["models"]])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    assert "lime-core explain cat.jpg" in capsys.readouterr().out


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"lime_core {lc.__version__}\n"
