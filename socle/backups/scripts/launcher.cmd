@echo off
chcp 65001 >nul
set "SOCLE_FICHIER=%~f0"
net session >nul 2>&1
if not %errorlevel%==0 (
  powershell -NoProfile -Command "Start-Process -FilePath $env:SOCLE_FICHIER -Verb RunAs"
  exit /b
)
powershell -NoProfile -ExecutionPolicy Bypass -Command "$t = Get-Content -Raw -Encoding UTF8 -LiteralPath $env:SOCLE_FICHIER; & ([ScriptBlock]::Create(($t -split ('#-' + 'SOCLE-#'), 2)[1]))"
pause
exit /b
#-SOCLE-#
