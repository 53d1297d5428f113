# Sauvegarde chiffrée de cette machine. Ouvrez ce fichier par un double clic, et acceptez la question de Windows.
# Relancé, il reprend où il s’est arrêté. Il ne contient aucun mot de passe : seulement un code, bon une fois.
$Adresse = @ADDRESS@
$Code = @CODE@
$Comptes = @ACCOUNTS@

# Ce que disent aussi bien ce fichier que la commande de tous les jours, qui travaille au nom du système.
$Commun = @'
$ErrorActionPreference = 'Stop'
# Les modules de Windows seuls, et ses dossiers tels que lui les connaît : une variable se change par un compte ordinaire.
$env:PSModulePath = "$PSHOME\Modules"
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$Programmes = [Environment]::GetFolderPath('ProgramFiles')
$Dossier = Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'Socle'
# Les administrateurs, le système, et l’installateur de Windows : les mêmes dans toutes les langues.
$Surs = 'S-1-5-32-544', 'S-1-5-18', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
# Écrire, ajouter, supprimer, changer les droits ou le propriétaire.
$Ecriture = 0x500D0156

function Ecrire($chemin, $texte) { [IO.File]::WriteAllText($chemin, $texte, (New-Object Text.UTF8Encoding $false)) }
function Lire($chemin) { [IO.File]::ReadAllText($chemin, [Text.Encoding]::UTF8).Trim() }

# Dit pourquoi ce qui est à cet endroit ne se croit pas, ou rien : qui le possède, ou y écrit, le changerait après nous.
function PourquoiDouteux($chemin) {
  if (([int][IO.File]::GetAttributes($chemin) -band [int][IO.FileAttributes]::ReparsePoint) -ne 0) { return "$chemin mène ailleurs" }
  $droits = Get-Acl -LiteralPath $chemin
  $proprietaire = $droits.GetOwner([Security.Principal.SecurityIdentifier]).Value
  if ($Surs -notcontains $proprietaire) { return "$chemin est à un compte ordinaire ($proprietaire)" }
  foreach ($regle in $droits.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
    $heritee = ([int]$regle.PropagationFlags -band [int][Security.AccessControl.PropagationFlags]::InheritOnly) -ne 0
    $ecrit = ([int]$regle.FileSystemRights -band $Ecriture) -ne 0
    if ($ecrit -and -not $heritee -and "$($regle.AccessControlType)" -eq 'Allow' -and $Surs -notcontains $regle.IdentityReference.Value) {
      return "un compte ordinaire ($($regle.IdentityReference.Value)) peut changer $chemin"
    }
  }
}

# Jamais le restic que trouverait le PATH : un compte ordinaire y met ce qu’il veut. Les dossiers des programmes seuls.
function TrouverRestic {
  $trouves = @(Get-ChildItem -Path "$Programmes\WinGet\Packages\restic.restic_*\restic*.exe" -ErrorAction SilentlyContinue | Sort-Object LastWriteTime -Descending)
  foreach ($chemin in @($trouves | ForEach-Object { $_.FullName }) + "$Programmes\restic\restic.exe") {
    if (-not [IO.File]::Exists($chemin)) { continue }
    $doute = $null
    for ($ici = $chemin; -not $doute -and $ici.Length -gt $Programmes.Length; $ici = [IO.Path]::GetDirectoryName($ici)) { $doute = PourquoiDouteux $ici }
    if (-not $doute) { return $chemin }
    Write-Warning "Écarté : $doute."
  }
}

# Lance un programme, sans fenêtre, et rend son code : -1 si on a dû l’arrêter après tant de secondes (0 : sans limite).
function Lancer($programme, $demandes, $secondes) {
  $sorties = @{ RedirectStandardOutput = "$Dossier\sortie"; RedirectStandardError = "$Dossier\erreurs" }
  $lance = Start-Process -FilePath $programme -ArgumentList $demandes -WorkingDirectory $Dossier -NoNewWindow -PassThru @sorties
  $null = $lance.Handle
  if ($secondes -eq 0) { $lance.WaitForExit() }
  elseif (-not $lance.WaitForExit(1000 * $secondes)) { $lance.Kill(); $lance.WaitForExit(); return -1 }
  return $lance.ExitCode
}

function OuvrirLAcces {
  $acces = Get-Content -Raw -LiteralPath "$Dossier\acces.json" | ConvertFrom-Json
  $env:RESTIC_REPOSITORY = 'rest:' + $acces.repository.Replace('://', "://$($acces.user):$($acces.password)@")
  $env:RESTIC_PASSWORD_FILE = "$Dossier\cle"
  return $acces
}
'@
. ([ScriptBlock]::Create($Commun))
$PowerShell = "$PSHOME\powershell.exe"

function Arreter($phrase) { Write-Host "Arrêt : $phrase" -ForegroundColor Red; exit 1 }

$moi = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $moi.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Arreter "ouvrez ce fichier par un double clic, et acceptez la question de Windows" }
if ($Adresse -notmatch '^(https://|http://(localhost|127\.0\.0\.1):)') { Arreter "l’adresse $Adresse n’est pas chiffrée (https) : prévenez votre opérateur" }

# Le dossier naît fermé : les administrateurs et le système seuls y entrent, et rien ne s’hérite. Trouvé là, il doit déjà être ainsi.
function FaireLeDossier($chemin) {
  try {
    if (-not [IO.Directory]::Exists($chemin)) {
      $droits = New-Object Security.AccessControl.DirectorySecurity
      $droits.SetSecurityDescriptorSddlForm('O:BAG:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)')
      [IO.Directory]::CreateDirectory($chemin, $droits) | Out-Null
    }
    $doute = PourquoiDouteux $chemin
    if (-not $doute) { foreach ($dedans in [IO.Directory]::GetFileSystemEntries($chemin)) { $doute = PourquoiDouteux $dedans; if ($doute) { break } } }
  } catch { $doute = "$chemin ne se laisse pas vérifier ($($_.Exception.Message))" }
  if ($doute) { Arreter "$doute. Quelqu’un a pu le préparer pour lire vos sauvegardes : prévenez votre opérateur, supprimez $Dossier, puis relancez" }
}
FaireLeDossier $Dossier
FaireLeDossier "$Dossier\temoins"

$restic = TrouverRestic
if (-not $restic) {
  # Celui de Windows, signé par son éditeur : le nom « winget » du PATH mène à un dossier que chaque compte peut changer.
  $paquet = try {
    Get-AppxPackage -AllUsers -Name 'Microsoft.DesktopAppInstaller' | Where-Object { $_.PublisherId -eq '8wekyb3d8bbwe' } |
      Sort-Object { [version]$_.Version } -Descending | Select-Object -First 1
  } catch { $null }
  $aLaMain = "téléchargez restic (restic.net), déposez restic.exe dans $Programmes\restic, puis relancez"
  if (-not $paquet) { Arreter "cet ordinateur n’a pas winget. Installez « Programme d’installation d’application » depuis le Microsoft Store et relancez ; ou $aLaMain" }
  Write-Host 'Installation de restic, le logiciel libre qui sauvegarde…'
  $demandes = 'install --id restic.restic --exact --source winget --scope machine --silent --disable-interactivity --accept-source-agreements --accept-package-agreements'
  $code = Lancer "$($paquet.InstallLocation)\winget.exe" $demandes 900
  $restic = TrouverRestic
  if (-not $restic) { Arreter "winget n’a pas installé restic (code $code). Demandez l’installation à la page Sauvegardes de la mairie ; ou $aLaMain" }
}

# 1. La clé de la machine : faite ici, elle n’en sort jamais.
if (-not (Test-Path -LiteralPath "$Dossier\cle")) {
  $octets = New-Object byte[] 32
  [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($octets)
  Ecrire "$Dossier\cle" ([Convert]::ToBase64String($octets))
}

# 2. L’accès : le code est échangé, une fois, contre une adresse et un mot de passe.
if (-not (Test-Path -LiteralPath "$Dossier\acces.json")) {
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
  Ecrire "$Dossier\acces.json" (@{ repository = $dit['repository']; user = $dit['user']; password = $dit['password'] } | ConvertTo-Json)
}
$acces = OuvrirLAcces

# 3. Les fichiers témoins : leur contenu est connu d’avance, l’exercice de restauration les compare.
$graine = Lire "$Dossier\temoins\graine"
$nombres = @(1, 1000, 20000)
for ($i = 0; $i -lt 3; $i++) { Ecrire "$Dossier\temoins\temoin-$($i + 1).txt" ("socle $graine $($i + 1)`n" * $nombres[$i]) }

# 4. Ce qui est sauvegardé, et quand. La page de la mairie en décide : la machine la relit avant chaque sauvegarde.
if (-not (Test-Path -LiteralPath "$Dossier\reglages")) {
  $reglages = @'
@SETTINGS@
'@
  Ecrire "$Dossier\reglages" $reglages
}

# 5. Le dépôt, chiffré par la clé de la machine. L’accès peut mettre une minute à s’ouvrir.
$essai = 0
while ((Lancer $restic 'cat config' 60) -ne 0 -and (Lancer $restic 'init' 60) -ne 0) {
  $essai++
  if ($essai -ge 12) { Arreter "le serveur des sauvegardes ne répond pas : relancez plus tard. $(Lire "$Dossier\erreurs")" }
  Start-Sleep -Seconds 10
}

# 6. La seconde clé, celle de l’opérateur : elle sert à vérifier, à élaguer, et à restaurer à votre demande.
if (Test-Path -LiteralPath "$Dossier\cle-operateur") {
  if ((Lancer $restic "key add --new-password-file `"$Dossier\cle-operateur`"" 300) -ne 0) { Arreter "la seconde clé n’a pas pu être ajoutée : relancez. $(Lire "$Dossier\erreurs")" }
  Remove-Item -LiteralPath "$Dossier\cle-operateur"
}
if (Test-Path -LiteralPath "$Dossier\confirmation") {
  $corps = @{ user = $acces.user; confirmation = (Lire "$Dossier\confirmation") }
  try { Invoke-WebRequest -UseBasicParsing -Method Post -TimeoutSec 60 -Uri "$Adresse/sauvegardes/enrolement/confirmer/" -Body $corps | Out-Null }
  catch { Arreter "la seconde clé n’est pas confirmée : relancez. $($_.Exception.Message)" }
  Remove-Item -LiteralPath "$Dossier\confirmation"
}

# 7. La commande de tous les jours. L’instantané du disque (VSS) sauvegarde aussi les fichiers ouverts.
$commande = @'
# Une seule à la fois : ce fichier reste ouvert tant que celle-ci travaille.
try { $verrou = [IO.File]::Open("$Dossier\verrou", 'OpenOrCreate', 'ReadWrite', 'None') }
catch { Write-Warning 'Une sauvegarde est déjà en cours.'; if ($Maintenant) { exit 75 } else { exit 0 } }
$null = OuvrirLAcces
# La page de la mairie ; injoignable, les derniers réglages valent.
try {
  # Elle apprend aussi ce que la dernière sauvegarde a laissé.
  $corps = "user=$(Lire "$Dossier\nom")&settings=$(Lire "$Dossier\jeton")"
  if (Test-Path -LiteralPath "$Dossier\constat") { $corps += '&' + (Lire "$Dossier\constat") }
  $dit = (Invoke-WebRequest -UseBasicParsing -Method Post -TimeoutSec 30 -Uri '§ADRESSE§/sauvegardes/reglages/' -Body $corps).Content
  if ($dit -is [byte[]]) { $dit = [Text.Encoding]::UTF8.GetString($dit) }
  if ($dit -match '(?m)^every_days=\d+\s*$') {
    Ecrire "$Dossier\reglages" $dit
    Remove-Item -LiteralPath "$Dossier\constat" -ErrorAction SilentlyContinue
  }
} catch { Write-Warning 'La page de la mairie ne répond pas : les derniers réglages valent.' }
$jours, $dossiers = 1, @()
foreach ($ligne in (Lire "$Dossier\reglages") -split "`n") {
  if ($ligne -match '^every_days=(\d+)\s*$') { $jours = [int]$Matches[1] }
  if ($ligne -match '^folder=(.+)$') { $dossiers += $Matches[1].Trim() }
}
# Une demi-journée d’avance : une machine s’allume à une heure ou à une autre.
$derniere = Get-Item -LiteralPath "$Dossier\derniere" -ErrorAction SilentlyContinue
if (-not $Maintenant -and $derniere -and $derniere.LastWriteTime -gt (Get-Date).AddDays(0.5 - $jours)) { exit 0 }
$restic = TrouverRestic
if (-not $restic) { Write-Warning "restic manque, ou n’est pas sûr : rouvrez le fichier d’installation."; exit 2 }
if ('§COMPTES§' -eq 'oui') {
  foreach ($compte in (Get-CimInstance -ClassName Win32_UserProfile | Where-Object { -not $_.Special }).LocalPath) {
    $ailleurs = Get-ChildItem -LiteralPath $compte -Directory -Filter 'OneDrive*' -ErrorAction SilentlyContinue
    foreach ($racine in @($compte) + @($ailleurs | ForEach-Object { $_.FullName })) {
      foreach ($nom in 'Documents', 'Desktop', 'Bureau', 'Pictures', 'Images') {
        if ($racine -and (Test-Path -LiteralPath "$racine\$nom")) { $dossiers += "$racine\$nom" }
      }
    }
  }
}
Ecrire "$Dossier\dossiers" (($dossiers + "$Dossier\temoins") -join "`n")
# Ce que OneDrive ne garde qu’en ligne n’est pas sur cet ordinateur : le lire échouerait, ou ferait tout télécharger.
$options = '--quiet --use-fs-snapshot --exclude-caches'
$null = Lancer $restic 'version' 60
if ((Lire "$Dossier\sortie") -match '^restic (\d+\.\d+)' -and [version]$Matches[1] -ge [version]'0.18') { $options += ' --exclude-cloud-files' }
else { Write-Warning "Cette version de restic ne sait pas laisser ce que OneDrive ne garde qu’en ligne : mettez-la à jour (0.18)." }
# La première dure ce qu’il faut ; les autres s’arrêtent avant celle du lendemain, qui reprend où elles en étaient.
$limite = if ($Maintenant) { 0 } else { 19 * 3600 }
$code = Lancer $restic "backup $options --files-from-verbatim `"$Dossier\dossiers`"" $limite
if ($code -ne 0 -and $code -ne 3) { Write-Warning (Lire "$Dossier\erreurs"); exit $code }
# Ce qui n’a pas été sauvegardé est dit à la page de la mairie, avant la sauvegarde suivante.
$introuvables = @($dossiers | Where-Object { -not (Test-Path -LiteralPath $_) })
Ecrire "$Dossier\constat" ((@("code=$code") + @($introuvables | ForEach-Object { 'missing=' + [Uri]::EscapeDataString($_) })) -join '&')
Ecrire "$Dossier\derniere" 'oui'
exit 0
'@
foreach ($mot in @{ ADRESSE = $Adresse; COMPTES = $Comptes }.GetEnumerator()) { $commande = $commande.Replace("§$($mot.Key)§", "$($mot.Value)".Replace("'", "''")) }
# PowerShell de Windows ne lit l’UTF-8 que sous sa marque.
[IO.File]::WriteAllText("$Dossier\sauvegarder.ps1", "param([switch]`$Maintenant)`r`n$Commun`r`n$commande", (New-Object Text.UTF8Encoding $true))

# 8. Quand : le planificateur de tâches, au nom du système ; manquée, elle se fait dès que la machine s’allume.
$action = New-ScheduledTaskAction -Execute $PowerShell -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$Dossier\sauvegarder.ps1`"" -WorkingDirectory $Dossier
$quand = New-ScheduledTaskTrigger -Daily -At '12:30' -RandomDelay (New-TimeSpan -Minutes 60)
$manieres = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 20)
Register-ScheduledTask -TaskName 'Socle sauvegarde' -Action $action -Trigger $quand -Settings $manieres -User 'SYSTEM' -RunLevel Highest -Force | Out-Null

# 9. La première sauvegarde, tout de suite.
Write-Host 'Première sauvegarde : elle peut durer longtemps, les suivantes seront brèves…'
& $PowerShell -NoProfile -ExecutionPolicy Bypass -File "$Dossier\sauvegarder.ps1" -Maintenant
if ($LASTEXITCODE -ne 0) { Arreter "la sauvegarde n’a pas pu se faire : rouvrez ce fichier" }
Write-Host "C’est fait. La page Sauvegardes de la mairie le montrera dans quelques minutes."
if ($Comptes -eq 'oui') { Write-Host "Les fichiers que OneDrive ne garde qu’en ligne ne sont pas sauvegardés : clic droit, « Toujours conserver sur cet appareil »." }
Write-Host ''
Write-Host "RECOPIEZ LA CLÉ DE CETTE MACHINE et gardez-la au coffre de la mairie, ailleurs qu’ici : $(Lire "$Dossier\cle")"
