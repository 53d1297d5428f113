#!/bin/sh
# Sauvegarde chiffrée de cette machine. À lancer une fois, en administrateur : sudo sh socle-sauvegarde.sh
# Relancé, il reprend où il s’est arrêté. Il ne contient aucun mot de passe : seulement un code, bon une fois.
set -eu
umask 077
ADRESSE=@ADDRESS@
CODE=@CODE@
COMPTES=@ACCOUNTS@
DOSSIER="${SOCLE_SAUVEGARDE_DIR:-/etc/socle-sauvegarde}"

dire() { printf '%s\n' "$*"; }
arreter() { printf 'Arrêt : %s\n' "$*" >&2; exit 1; }

command -v restic > /dev/null || arreter "il manque « restic ». Sous Debian ou Ubuntu : apt-get install restic"
command -v curl > /dev/null || arreter "il manque « curl ». Sous Debian ou Ubuntu : apt-get install curl"
case "$ADRESSE" in
  https://* | http://localhost:* | http://127.0.0.1:*) ;;
  *) arreter "l’adresse $ADRESSE n’est pas chiffrée (https) : prévenez votre opérateur" ;;
esac
mkdir -p "$DOSSIER/temoins" || arreter "lancez ce script en administrateur : sudo sh $0"
cd "$DOSSIER"

# 1. La clé de la machine : faite ici, elle n’en sort jamais.
if [ ! -s cle ]; then
  head -c 32 /dev/urandom | base64 | tr -d '\n' > cle
fi

# 2. L’accès : le code est échangé, une fois, contre une adresse et un mot de passe.
valeur() { sed -n "s/^$1=//p" reponse | tr -cd 'A-Za-z0-9:/._-'; }
if [ ! -s acces ]; then
  dire "Demande de l’accès…"
  etat=$(printf 'code=%s' "$CODE" | curl -sS --max-time 60 --data @- -o reponse -w '%{http_code}' "$ADRESSE/sauvegardes/enrolement/") ||
    arreter "$ADRESSE ne répond pas : vérifiez que cette machine a Internet, puis relancez"
  [ "$etat" = 200 ] || arreter "$(cat reponse 2> /dev/null)"
  depot=$(valeur repository)
  {
    printf "RESTIC_REPOSITORY='rest:%s'\n" "$(printf '%s' "$depot" | sed "s#://#://$(valeur user):$(valeur password)@#")"
    printf "RESTIC_PASSWORD_FILE='%s/cle'\n" "$DOSSIER"
    printf 'export RESTIC_REPOSITORY RESTIC_PASSWORD_FILE\n'
  } > acces.neuf
  valeur operator_key > cle-operateur
  valeur user > nom
  valeur confirmation > confirmation
  valeur canary > temoins/graine
  valeur settings > jeton
  printf '%s\n' "$ADRESSE" > adresse
  rm -f reponse
  mv acces.neuf acces
fi
. ./acces

# 3. Les fichiers témoins : leur contenu est connu d’avance, l’exercice de restauration les compare.
graine=$(cat temoins/graine)
temoin() {
  awk -v ligne="socle $graine $1" -v fois="$2" 'BEGIN { for (i = 0; i < fois; i++) print ligne }' > "temoins/temoin-$1.txt"
}
temoin 1 1
temoin 2 1000
temoin 3 20000

# 4. Ce qui est sauvegardé, et quand. La page de la mairie en décide : la machine la relit avant chaque sauvegarde.
printf '%s\n' "$COMPTES" > comptes
if [ ! -s reglages ]; then
  cat > reglages << 'FIN_DES_REGLAGES'
@SETTINGS@
FIN_DES_REGLAGES
fi

# 5. Le dépôt, chiffré par la clé de la machine. L’accès peut mettre une minute à s’ouvrir.
essai=0
bref() { if command -v timeout > /dev/null; then timeout "${SOCLE_SAUVEGARDE_DELAI:-60}" "$@"; else "$@"; fi; }
until bref restic cat config > /dev/null 2>&1 || bref restic init > init.log 2>&1; do
  essai=$((essai + 1))
  [ "$essai" -lt "${SOCLE_SAUVEGARDE_ESSAIS:-12}" ] || arreter "le serveur des sauvegardes ne répond pas : $(tail -n 1 init.log)"
  sleep "${SOCLE_SAUVEGARDE_PAUSE:-10}"
done
rm -f init.log

# 6. La seconde clé, celle de l’opérateur : elle sert à vérifier, à élaguer, et à restaurer à votre demande.
if [ -s cle-operateur ]; then
  restic key add --new-password-file cle-operateur > /dev/null || arreter "la seconde clé n’a pas pu être ajoutée : relancez"
  rm -f cle-operateur
fi
if [ -s confirmation ]; then
  etat=$(printf 'user=%s&confirmation=%s' "$(cat nom)" "$(cat confirmation)" |
    curl -sS --max-time 60 --data @- -o reponse -w '%{http_code}' "$ADRESSE/sauvegardes/enrolement/confirmer/") || etat=000
  [ "$etat" = 200 ] || arreter "la seconde clé n’est pas confirmée : $(cat reponse 2> /dev/null)"
  rm -f reponse confirmation
fi

# 7. La commande de tous les jours : « sauvegarder maintenant » n’attend pas son tour.
cat > sauvegarder << 'FIN_DE_LA_COMMANDE'
#!/bin/sh
# Relit les réglages, puis sauvegarde. Code 3 : des fichiers n’ont pas pu être lus, les autres sont sauvegardés.
set -u
cd "$(dirname "$0")" || exit 1
umask 077
. ./acces
# La page de la mairie dit les réglages (injoignable, les derniers valent), et apprend ce que la dernière sauvegarde a laissé.
demander() {
  [ -s jeton ] || return 0
  set --
  if [ -s constat ]; then
    set -- --data "code=$(cat constat)"
    while IFS= read -r dossier; do set -- "$@" --data-urlencode "missing=$dossier"; done < introuvables
  fi
  etat=$(printf 'user=%s&settings=%s' "$(cat nom)" "$(cat jeton)" |
    curl -sS --max-time 30 --data @- "$@" -o reglages.neuf -w '%{http_code}' "$(cat adresse)/sauvegardes/reglages/" 2> /dev/null) || etat=000
  if [ "$etat" = 200 ] && grep -q '^every_days=[0-9][0-9]*$' reglages.neuf; then
    mv reglages.neuf reglages
    rm -f constat
  else
    rm -f reglages.neuf
  fi
}
demander
jours=$(sed -n 's/^every_days=//p' reglages | head -n 1)
if [ "${1:-}" != maintenant ] && [ -s derniere ]; then
  # Une demi-journée d’avance : une machine s’allume à une heure ou à une autre.
  [ $(($(date +%s) - $(cat derniere))) -ge $((${jours:-1} * 86400 - 43200)) ] || exit 0
fi
{
  sed -n 's/^folder=//p' reglages
  if [ "$(cat comptes)" = oui ]; then
    for compte in /home/*; do
      for dossier in Documents Bureau Desktop Images Pictures; do
        [ ! -d "$compte/$dossier" ] || printf '%s\n' "$compte/$dossier"
      done
    done
  fi
  printf '%s/temoins\n' "$PWD"
} > dossiers
while IFS= read -r dossier; do [ -e "$dossier" ] || printf '%s\n' "$dossier"; done < dossiers > introuvables
restic backup --quiet --exclude-caches --files-from-verbatim ./dossiers 2> refus
code=$?
cat refus >&2
if [ "$code" = 0 ] || [ "$code" = 3 ]; then
  date +%s > derniere
  printf '%s' "$code" > constat
  demander
  exit 0
fi
exit "$code"
FIN_DE_LA_COMMANDE
chmod 700 sauvegarder

# 8. Quand : par systemd, ou par cron ; sur un NAS, par son planificateur de tâches.
planifier() {
  if [ -n "${SOCLE_SAUVEGARDE_SANS_PLANIFICATION:-}" ]; then
    dire "Aucune planification : lancez « $DOSSIER/sauvegarder » vous-même."
  elif [ -d /run/systemd/system ]; then
    printf '[Unit]\nDescription=Sauvegarde de la mairie\n[Service]\nType=oneshot\nNice=10\nExecStart=%s/sauvegarder\n' \
      "$DOSSIER" > /etc/systemd/system/socle-sauvegarde.service
    printf '[Unit]\nDescription=Sauvegarde de la mairie\n[Timer]\nOnCalendar=daily\nRandomizedDelaySec=2h\nPersistent=true\n[Install]\nWantedBy=timers.target\n' \
      > /etc/systemd/system/socle-sauvegarde.timer
    chmod 644 /etc/systemd/system/socle-sauvegarde.service /etc/systemd/system/socle-sauvegarde.timer
    systemctl daemon-reload && systemctl enable --now socle-sauvegarde.timer
  elif [ -d /etc/cron.d ]; then
    printf '@daily root %s/sauvegarder\n' "$DOSSIER" > /etc/cron.d/socle-sauvegarde
    chmod 644 /etc/cron.d/socle-sauvegarde
  else
    dire "Ajoutez « $DOSSIER/sauvegarder » au planificateur de tâches de cet appareil, en administrateur."
  fi
}
planifier

# 9. La première sauvegarde, tout de suite.
dire "Première sauvegarde : elle peut durer longtemps, les suivantes seront brèves…"
./sauvegarder maintenant || arreter "la sauvegarde n’a pas pu se faire : relancez « $DOSSIER/sauvegarder »"
dire "C’est fait. La page « Sauvegardes » de la mairie le montrera dans quelques minutes."
dire ""
dire "RECOPIEZ LA CLÉ DE CETTE MACHINE et gardez-la au coffre de la mairie, ailleurs qu’ici : $(cat cle)"
