# Written by `socle mail-servers write`: change the template, not this file.
# A message that was kept, and whose delivery was cut before Postfix knew it, is brought a second time: it is kept once.
# What tells it is the line that Postfix wrote when it took it (the second one: Dovecot has just written the first), the
# same for every attempt of one passage, and of no other, whatever their senders write in « Message-ID ».
require ["duplicate", "envelope", "index", "variables"];
if envelope :matches "to" "*" {
  set "recipient" "${1}";
}
if header :index 2 :matches "Received" "?*" {
  if duplicate :handle "once" :seconds 86400 :uniqueid "${recipient} ${1}${2}" {
    discard;
    stop;
  }
}
