"""The script of Windows, read by the grammar of its language: no Windows is at hand.

What runs in the name of the system is called by a path that no ordinary account writes; what is found there is
believed once its owner and its rights were looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from socle.backups.models import System
from socle.backups.scripting import _quoted_for_powershell, script_of
from tests.backups.conftest import added
from tests.conftest import NOT_OURS

HERE = re.compile(r"(?ms)@'\n(.*?)\n'@")
# What Windows itself brings, in its own folder of modules: nothing of an account is looked for.
CMDLETS = """
    ConvertFrom-Json ConvertTo-Json ForEach-Object Get-Acl Get-AppxPackage Get-ChildItem Get-CimInstance Get-Content
    Get-Date Get-Item Invoke-WebRequest Join-Path New-Object New-ScheduledTaskAction New-ScheduledTaskSettingsSet
    New-ScheduledTaskTrigger New-TimeSpan Out-Null Register-ScheduledTask Remove-Item Select-Object Sort-Object
    Start-Process Start-Sleep Test-Path Where-Object Write-Host Write-Warning
"""
READ_AS_QUOTES = "‘’‚‛"
READ_AS_DOUBLE_QUOTES = "“”„"


class Script(NamedTuple):
    """The file that a mairie opens, and the parts of it that PowerShell reads, by name."""

    launcher: str
    main: str
    common: str
    daily: str

    @property
    def parts(self) -> dict[str, str]:
        return {"installation": self.main, "every day": f"param([switch]$Maintenant)\n{self.common}\n{self.daily}"}


@pytest.fixture
def script(account, secretary) -> Script:
    machine, code = added(account, secretary, system=System.WINDOWS, folders="C:\\Logiciels\\Données")
    text = script_of(machine, code).content.decode().replace("\r\n", "\n")
    launcher, main = text.split("#-SOCLE-#\n")
    common, _, daily = HERE.findall(main)
    return Script(launcher, main, common, daily)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_powershell.language()))


def nodes(text: str, *types: str) -> Iterator[Node]:
    """Every node of these types, in a text that the grammar reads whole."""
    waiting = [_parser().parse(text.encode()).root_node]
    while waiting:
        one = waiting.pop()
        if one.type in types:
            yield one
        waiting += one.children


def words(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def test_each_part_of_it_is_powershell(script):
    for name, text in script.parts.items():
        assert not _parser().parse(text.encode()).root_node.has_error, name
    broken = script.main.replace("}\nFaireLeDossier $Dossier\n", "\nFaireLeDossier $Dossier\n", 1)
    assert _parser().parse(broken.encode()).root_node.has_error


def test_it_calls_cmdlets_and_its_own_functions_and_no_program_by_its_name(script):
    for name, text in script.parts.items():
        own = {words(one) for one in nodes(f"{script.common}\n{text}", "function_name")}
        called = {words(one) for one in nodes(text, "command_name")}
        assert called - own - set(CMDLETS.split()) == set(), name
        # `&` and `.` run what an expression says: PowerShell by where it is, and what was just read.
        expressions = {words(one) for one in nodes(text, "command_name_expr")}
        assert expressions <= {"$PowerShell", "([ScriptBlock]::Create($Commun))"}, name
    assert '$PowerShell = "$PSHOME\\powershell.exe"' in script.main
    assert "New-ScheduledTaskAction -Execute $PowerShell " in script.main
    for program in ("restic.exe", "winget.exe", "powershell.exe"):
        for text in script.parts.values():
            assert re.search(rf"(?i)(?<![\\\w]){re.escape(program)}", without_words(text)) is None, program


def without_words(text: str) -> str:
    """The same without its comments and the sentences that it says."""
    return re.sub(r'(?m)^\s*#.*$|(Arreter|Write-\w+) "[^"]*"|"téléchargez[^"]*"', "", text)


def test_what_starts_it_is_called_by_where_windows_keeps_it(script):
    lines = [line.strip() for line in script.launcher.splitlines()]
    calls = [line for line in lines if not re.match(r"@echo|set |if |\)|exit |pause$", line)]
    assert len(calls) == 4
    assert all(line.startswith('"%SystemRoot%\\System32\\') for line in calls), calls
    # No cmdlet yet: modules of an account would still be looked for.
    assert set(re.findall(r"[A-Z]\w+-[A-Z]\w+", script.launcher)) == {"Start-Process"}


def test_no_folder_nor_module_comes_from_a_variable_that_an_account_may_change(script):
    for name, text in script.parts.items():
        read = {words(one).lower() for one in nodes(text, "variable") if words(one).lower().startswith("$env:")}
        assert read <= {"$env:psmodulepath", "$env:restic_repository", "$env:restic_password_file"}, name
    first, *_ = (line for line in script.common.splitlines() if "$env:" in line)
    assert first == '$env:PSModulePath = "$PSHOME\\Modules"'


def test_its_folder_is_born_closed_and_one_that_was_there_is_looked_at_with_what_it_holds(script):
    making = function(script.main, "FaireLeDossier")
    # Owned by the administrators, nothing inherited (P), they and the system alone.
    assert "'O:BAG:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)'" in making
    created, looked = making.index("CreateDirectory($chemin, $droits)"), making.index("PourquoiDouteux $chemin")
    assert created < looked < making.index("PourquoiDouteux $dedans") < making.index("Arreter")
    first_write = min(script.main.index(f"\n{one}") for one in ("FaireLeDossier $Dossier", "$restic = "))
    assert script.main[first_write:].startswith("\nFaireLeDossier $Dossier\nFaireLeDossier")
    doubting = function(script.common, "PourquoiDouteux")
    for looked_at in (
        "::ReparsePoint",
        "GetOwner(",
        "GetAccessRules(",
        "$Ecriture",
        "$Surs -notcontains $proprietaire",
    ):
        assert looked_at in doubting, looked_at
    assert not {"New-Item", "icacls"} & set(re.findall(r"[\w-]+", script.main))


# Each right by which an account changes what it does not own, among those of a file (winnt.h).
RIGHTS = {
    "write": 0x2, "append": 0x4, "write extended attributes": 0x10, "delete inside": 0x40, "write attributes": 0x100,
    "delete": 0x10000, "change rights": 0x40000, "take": 0x80000, "all": 0x10000000, "write, generic": 0x40000000,
}  # fmt: skip


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_that_changes_a_file_is_one_that_is_looked_for(right, script):
    (mask,) = re.findall(r"\$Ecriture = (0x[0-9A-F]+)", script.common)
    assert int(mask, 16) & RIGHTS[right]
    # To read and to run are not.
    assert not int(mask, 16) & 0x1200A9


def test_restic_is_looked_for_among_programs_alone_and_each_folder_above_it_is_looked_at(script):
    finding = function(script.common, "TrouverRestic")
    assert "Get-Command" not in script.main
    places = re.findall(r'"([^"]*restic[^"]*\.exe)"', finding)
    assert len(places) == 2
    assert all(one.startswith("$Programmes\\") for one in places)
    assert "PourquoiDouteux $ici" in finding
    assert "$ici = [IO.Path]::GetDirectoryName($ici)" in finding
    assert "8wekyb3d8bbwe" in script.main  # The publisher of winget, as its signature gives it.
    assert "Microsoft Store" in script.main
    assert "restic.net" in script.main


def test_each_program_is_bounded_in_time_and_the_first_save_alone_is_not(script):
    calls = {words(one) for text in script.parts.values() for one in nodes(text, "command") if runs(one)}
    bounds = {one.rsplit(" ", 1)[1] for one in calls}
    assert len(calls) >= 6
    assert bounds == {"60", "300", "900", "$limite"}
    assert "$limite = if ($Maintenant) { 0 } else { 19 * 3600 }" in script.daily
    assert "-ExecutionTimeLimit (New-TimeSpan -Hours 20)" in script.main
    assert "-MultipleInstances IgnoreNew" in script.main
    assert "$lance.Kill()" in function(script.common, "Lancer")
    # Two at once would not: the one that works holds a file.
    assert "'OpenOrCreate', 'ReadWrite', 'None'" in script.daily


def runs(command: Node) -> bool:
    return words(command).startswith("Lancer ")


def test_what_onedrive_keeps_online_is_left_out_where_restic_can(script):
    assert re.search(
        r"\[version\]'0\.18'\) \{ \$options \+= ' --exclude-cloud-files' \}\nelse \{ Write-Warning", script.daily
    )
    assert "Toujours conserver sur cet appareil" in script.main


def test_no_typographic_quote_ends_a_string_and_each_path_is_said_literally(script):
    """PowerShell reads ’ as ', and “ as \": in a string begun by the plain one, either ends it."""
    for text in script.parts.values():
        for one in nodes(text, "verbatim_string_characters"):
            assert not set(words(one)) & set(READ_AS_QUOTES), words(one)
        for one in nodes(text, "expandable_string_literal"):
            assert not set(words(one)) & set(READ_AS_DOUBLE_QUOTES), words(one)
        for one in nodes(text, "command"):
            if re.match(r"(Test-Path|Get-Content|Get-Item|Remove-Item|Get-Acl)\b", said := words(one)):
                assert "-LiteralPath " in said, said
    assert _quoted_for_powershell("l’eau 'x' ‘y‚ ‛") == "'l’’eau ''x'' ‘‘y‚‚ ‛‛'"


def test_powershell_itself_reads_it_where_there_is_one(script, tmp_path):
    shell = shutil.which("pwsh") or shutil.which("powershell")
    if shell is None:
        pytest.skip(f"{NOT_OURS}: no PowerShell on this machine: the script of Windows was read, not run")
    for name, text in script.parts.items():
        path = tmp_path / "part.ps1"
        path.write_text(text, encoding="utf-8-sig")
        asked = (
            "$faults = $null; [void][System.Management.Automation.Language.Parser]::ParseFile("
            f"'{path}', [ref]$null, [ref]$faults); $faults | ForEach-Object {{ $_.Message }}"
        )
        done = subprocess.run([shell, "-NoProfile", "-Command", asked], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, ""), name


def function(text: str, name: str) -> str:
    """One function of it, whole."""
    (found,) = [
        words(one)
        for one in nodes(text, "function_statement")
        if any(words(child) == name for child in one.children if child.type == "function_name")
    ]
    return found
