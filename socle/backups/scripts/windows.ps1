# Sauvegarde chiffrée de cette machine. À lancer une fois, dans PowerShell ouvert en administrateur :
#   powershell -ExecutionPolicy Bypass -File .\socle-sauvegarde.ps1
# Relancé, il reprend où il s’est arrêté. Il ne contient aucun mot de passe : seulement un code, bon une fois.
$ErrorActionPreference = 'Stop'
$Adresse = @ADDRESS@
$Code = @CODE@
$Rythme = @PERIOD@
$Dossier = Join-Path $env:ProgramData 'Socle'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

function Arreter($sentence) { Write-Host "Arrêt : $sentence" -ForegroundColor Red; exit 1 }
function Ecrire($path, $text) { [IO.File]::WriteAllText($path, $text, (New-Object Text.UTF8Encoding $false)) }

$restic = (Get-Command restic.exe -ErrorAction SilentlyContinue).Source
if (-not $restic) { Arreter "il manque restic. Dans ce même PowerShell : winget install --id restic.restic --scope machine" }
if ($Adresse -notmatch '^(https://|http://(localhost|127\.0\.0\.1):)') { Arreter "l’adresse $Adresse n’est pas chiffrée (https) : prévenez votre opérateur" }
$moi = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $moi.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Arreter "ouvrez PowerShell en administrateur" }

New-Item -ItemType Directory -Force -Path "$Dossier\temoins" | Out-Null
# Les administrateurs et le système seuls y entrent (S-1-5-32-544 et S-1-5-18, dans toutes les langues).
icacls $Dossier /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' /grant '*S-1-5-18:(OI)(CI)F' | Out-Null

# 1. La clé de la machine : faite ici, elle n’en sort jamais.
if (-not (Test-Path "$Dossier\cle")) {
  $octets = New-Object byte[] 32
  [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($octets)
  Ecrire "$Dossier\cle" ([Convert]::ToBase64String($octets))
}

# 2. L’accès : le code est échangé, une fois, contre une adresse et un mot de passe.
if (-not (Test-Path "$Dossier\acces.json")) {
  try {
    $texte = (Invoke-WebRequest -UseBasicParsing -Method Post -TimeoutSec 60 -Uri "$Adresse/sauvegardes/enrolement/" -Body @{ code = $Code }).Content
  } catch {
    Arreter "le code n’a pas été accepté, ou cette machine n’a pas Internet. Demandez un autre code à la page Sauvegardes. $($_.Exception.Message)"
  }
  if ($texte -is [byte[]]) { $texte = [Text.Encoding]::UTF8.GetString($texte) }
  $dit = @{}
  foreach ($ligne in $texte -split "`n") { $nom, $valeur = $ligne.Trim() -split '=', 2; if ($valeur) { $dit[$nom] = $valeur } }
  Ecrire "$Dossier\cle-operateur" $dit['operator_key']
  Ecrire "$Dossier\confirmation" $dit['confirmation']
  Ecrire "$Dossier\temoins\graine" $dit['canary']
  $acces = @{ repository = $dit['repository']; user = $dit['user']; password = $dit['password'] } | ConvertTo-Json
  Ecrire "$Dossier\acces.json" $acces
}
$acces = Get-Content -Raw "$Dossier\acces.json" | ConvertFrom-Json
$env:RESTIC_REPOSITORY = "rest:" + $acces.repository.Replace('://', "://$($acces.user):$($acces.password)@")
$env:RESTIC_PASSWORD_FILE = "$Dossier\cle"

# 3. Les fichiers témoins : leur contenu est connu d’avance, l’exercice de restauration les compare.
$graine = (Get-Content -Raw "$Dossier\temoins\graine").Trim()
$nombres = @(1, 1000, 20000)
for ($i = 0; $i -lt 3; $i++) { Ecrire "$Dossier\temoins\temoin-$($i + 1).txt" ("socle $graine $($i + 1)`n" * $nombres[$i]) }

# 4. Ce qui est sauvegardé. Pour en changer : modifiez le fichier « dossiers », un chemin par ligne.
if (-not (Test-Path "$Dossier\dossiers")) {
  $dossiers = @'
@FOLDERS@
'@
  Ecrire "$Dossier\dossiers" ((($dossiers -split "`r?`n") + "$Dossier\temoins") -join "`n")
}

# 5. Le dépôt, chiffré par la clé de la machine. L’accès peut mettre une minute à s’ouvrir.
$ErrorActionPreference = 'Continue'
$essai = 0
while ($true) {
  & $restic cat config *> $null; if ($LASTEXITCODE -eq 0) { break }
  & $restic init *> $null; if ($LASTEXITCODE -eq 0) { break }
  $essai++; if ($essai -ge 12) { Arreter "le serveur des sauvegardes ne répond pas : relancez plus tard" }
  Start-Sleep -Seconds 10
}

# 6. La seconde clé, celle de l’opérateur : elle sert à vérifier, à élaguer, et à restaurer à votre demande.
if (Test-Path "$Dossier\cle-operateur") {
  & $restic key add --new-password-file "$Dossier\cle-operateur" *> $null
  if ($LASTEXITCODE -ne 0) { Arreter "la seconde clé n’a pas pu être ajoutée : relancez" }
  Remove-Item "$Dossier\cle-operateur"
}
if (Test-Path "$Dossier\confirmation") {
  $corps = @{ user = $acces.user; confirmation = (Get-Content -Raw "$Dossier\confirmation").Trim() }
  try { Invoke-WebRequest -UseBasicParsing -Method Post -TimeoutSec 60 -Uri "$Adresse/sauvegardes/enrolement/confirmer/" -Body $corps | Out-Null }
  catch { Arreter "la seconde clé n’est pas confirmée : relancez. $($_.Exception.Message)" }
  Remove-Item "$Dossier\confirmation"
}

# 7. La commande de tous les jours. L’instantané du disque (VSS) sauvegarde aussi les fichiers ouverts.
Ecrire "$Dossier\sauvegarder.ps1" @"
`$acces = Get-Content -Raw '$Dossier\acces.json' | ConvertFrom-Json
`$env:RESTIC_REPOSITORY = 'rest:' + `$acces.repository.Replace('://', "://`$(`$acces.user):`$(`$acces.password)@")
`$env:RESTIC_PASSWORD_FILE = '$Dossier\cle'
& '$restic' backup --quiet --use-fs-snapshot --exclude-caches --files-from-verbatim '$Dossier\dossiers'
if (`$LASTEXITCODE -eq 3) { exit 0 }
exit `$LASTEXITCODE
"@

# 8. Quand : le planificateur de tâches, au nom du système ; manquée, elle se fait dès que la machine s’allume.
$commande = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$Dossier\sauvegarder.ps1`""
$quand = if ($Rythme -eq 'weekly') { New-ScheduledTaskTrigger -Weekly -DaysOfWeek Monday -At '12:30' }
  elseif ($Rythme -eq 'monthly') { New-ScheduledTaskTrigger -Weekly -WeeksInterval 4 -DaysOfWeek Monday -At '12:30' }
  else { New-ScheduledTaskTrigger -Daily -At '12:30' }
$reglages = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName 'Socle sauvegarde' -Action $commande -Trigger $quand -Settings $reglages -User 'SYSTEM' -RunLevel Highest -Force | Out-Null

# 9. La première sauvegarde, tout de suite.
Write-Host "Première sauvegarde : elle peut durer longtemps, les suivantes seront brèves…"
& powershell.exe -NoProfile -ExecutionPolicy Bypass -File "$Dossier\sauvegarder.ps1"
if ($LASTEXITCODE -ne 0) { Arreter "la sauvegarde n’a pas pu se faire : relancez $Dossier\sauvegarder.ps1" }
Write-Host "C’est fait. La page Sauvegardes de la mairie le montrera dans quelques minutes."
Write-Host ""
Write-Host "RECOPIEZ LA CLÉ DE CETTE MACHINE et gardez-la au coffre de la mairie, ailleurs qu’ici : $(Get-Content -Raw "$Dossier\cle")"
