@echo off
"%SystemRoot%\System32\chcp.com" 65001 >nul
set "SOCLE_FICHIER=%~f0"
"%SystemRoot%\System32\net.exe" session >nul 2>&1
if not %errorlevel%==0 (
  "%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -Command "Start-Process -FilePath $env:SOCLE_FICHIER -Verb RunAs"
  exit /b
)
"%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -ExecutionPolicy Bypass -Command "& ([ScriptBlock]::Create(([IO.File]::ReadAllText($env:SOCLE_FICHIER) -split ('#-' + 'SOCLE-#'), 2)[1]))"
pause
exit /b
#-SOCLE-#
