# Sauvegarde chiffrée de cette machine. Ouvrez ce fichier par un double clic, et acceptez la question de Windows.
# Relancé, il reprend où il s’est arrêté. Il ne contient aucun mot de passe : seulement un code, bon une fois.
$ErrorActionPreference = 'Stop'
$Adresse = @ADDRESS@
$Code = @CODE@
$Comptes = @ACCOUNTS@
$Dossier = Join-Path $env:ProgramData 'Socle'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

function Arreter($sentence) { Write-Host "Arrêt : $sentence" -ForegroundColor Red; exit 1 }
function Ecrire($path, $text) { [IO.File]::WriteAllText($path, $text, (New-Object Text.UTF8Encoding $false)) }

function Restic {
  $trouve = (Get-Command restic.exe -ErrorAction SilentlyContinue).Source
  if ($trouve) { return $trouve }
  return (Get-ChildItem "$env:ProgramFiles\WinGet\Links\restic.exe" -ErrorAction SilentlyContinue).FullName
}
$restic = Restic
if (-not $restic) {
  Write-Host "Installation de restic, le logiciel libre qui sauvegarde…"
  winget install --id restic.restic --scope machine --silent --accept-source-agreements --accept-package-agreements *> $null
  $env:Path = [Environment]::GetEnvironmentVariable('Path', 'Machine') + ';' + $env:Path
  $restic = Restic
}
if (-not $restic) { Arreter "restic n’a pas pu être installé : demandez l’installation à la page Sauvegardes de la mairie" }
if ($Adresse -notmatch '^(https://|http://(localhost|127\.0\.0\.1):)') { Arreter "l’adresse $Adresse n’est pas chiffrée (https) : prévenez votre opérateur" }
$moi = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $moi.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Arreter "ouvrez ce fichier par un double clic, et acceptez la question de Windows" }

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
  Ecrire "$Dossier\jeton" $dit['settings']
  Ecrire "$Dossier\nom" $dit['user']
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

# 4. Ce qui est sauvegardé, et quand. La page de la mairie en décide : la machine la relit avant chaque sauvegarde.
if (-not (Test-Path "$Dossier\reglages")) {
  $reglages = @'
@SETTINGS@
'@
  Ecrire "$Dossier\reglages" $reglages
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
$commandes = @'
param([switch]$Maintenant)
$Dossier = '§DOSSIER§'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$acces = Get-Content -Raw "$Dossier\acces.json" | ConvertFrom-Json
$env:RESTIC_REPOSITORY = 'rest:' + $acces.repository.Replace('://', "://$($acces.user):$($acces.password)@")
$env:RESTIC_PASSWORD_FILE = "$Dossier\cle"
# La page de la mairie ; injoignable, les derniers réglages valent.
try {
  $corps = @{ user = (Get-Content -Raw "$Dossier\nom").Trim(); settings = (Get-Content -Raw "$Dossier\jeton").Trim() }
  $dit = (Invoke-WebRequest -UseBasicParsing -Method Post -TimeoutSec 30 -Uri '§ADRESSE§/sauvegardes/reglages/' -Body $corps).Content
  if ($dit -is [byte[]]) { $dit = [Text.Encoding]::UTF8.GetString($dit) }
  if ($dit -match '(?m)^every_days=\d+\s*$') { [IO.File]::WriteAllText("$Dossier\reglages", $dit, (New-Object Text.UTF8Encoding $false)) }
} catch { }
$jours, $dossiers = 1, @()
foreach ($ligne in (Get-Content -Encoding UTF8 "$Dossier\reglages")) {
  if ($ligne -match '^every_days=(\d+)\s*$') { $jours = [int]$Matches[1] }
  if ($ligne -match '^folder=(.+)$') { $dossiers += $Matches[1].Trim() }
}
# Une demi-journée d’avance : une machine s’allume à une heure ou à une autre.
$derniere = Get-Item "$Dossier\derniere" -ErrorAction SilentlyContinue
if (-not $Maintenant -and $derniere -and $derniere.LastWriteTime -gt (Get-Date).AddDays(0.5 - $jours)) { exit 0 }
if ('§COMPTES§' -eq 'oui') {
  foreach ($compte in (Get-CimInstance Win32_UserProfile | Where-Object { -not $_.Special }).LocalPath) {
    foreach ($racine in @($compte) + @(Get-ChildItem -Directory "$compte\OneDrive*" -ErrorAction SilentlyContinue).FullName) {
      foreach ($nom in 'Documents', 'Desktop', 'Bureau', 'Pictures', 'Images') {
        if ($racine -and (Test-Path "$racine\$nom")) { $dossiers += "$racine\$nom" }
      }
    }
  }
}
[IO.File]::WriteAllText("$Dossier\dossiers", (($dossiers + "$Dossier\temoins") -join "`n"), (New-Object Text.UTF8Encoding $false))
& '§RESTIC§' backup --quiet --use-fs-snapshot --exclude-caches --files-from-verbatim "$Dossier\dossiers"
if ($LASTEXITCODE -ne 0 -and $LASTEXITCODE -ne 3) { exit $LASTEXITCODE }
Set-Content "$Dossier\derniere" 'oui'
exit 0
'@
foreach ($mot in @{ DOSSIER = $Dossier; ADRESSE = $Adresse; COMPTES = $Comptes; RESTIC = $restic }.GetEnumerator()) {
  $commandes = $commandes.Replace("§$($mot.Key)§", "$($mot.Value)".Replace("'", "''"))
}
# PowerShell de Windows ne lit l’UTF-8 que sous sa marque.
[IO.File]::WriteAllText("$Dossier\sauvegarder.ps1", $commandes, (New-Object Text.UTF8Encoding $true))

# 8. Quand : le planificateur de tâches, au nom du système ; manquée, elle se fait dès que la machine s’allume.
$commande = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$Dossier\sauvegarder.ps1`""
$quand = New-ScheduledTaskTrigger -Daily -At '12:30' -RandomDelay (New-TimeSpan -Minutes 60)
$reglages = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName 'Socle sauvegarde' -Action $commande -Trigger $quand -Settings $reglages -User 'SYSTEM' -RunLevel Highest -Force | Out-Null

# 9. La première sauvegarde, tout de suite.
Write-Host "Première sauvegarde : elle peut durer longtemps, les suivantes seront brèves…"
& powershell.exe -NoProfile -ExecutionPolicy Bypass -File "$Dossier\sauvegarder.ps1" -Maintenant
if ($LASTEXITCODE -ne 0) { Arreter "la sauvegarde n’a pas pu se faire : relancez $Dossier\sauvegarder.ps1" }
Write-Host "C’est fait. La page Sauvegardes de la mairie le montrera dans quelques minutes."
Write-Host ""
Write-Host "RECOPIEZ LA CLÉ DE CETTE MACHINE et gardez-la au coffre de la mairie, ailleurs qu’ici : $(Get-Content -Raw "$Dossier\cle")"
