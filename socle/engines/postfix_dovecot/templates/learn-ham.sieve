require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];
# Thrown away, it is not said to be good.
if environment :matches "imap.mailbox" "*" {
  set "mailbox" "${1}";
}
if string :is "${mailbox}" "Trash" {
  stop;
}
pipe :copy "learn-mail" ["ham"];
