# What the filter marked goes to « Indésirables », and sets off neither absence nor forwarding.
require ["fileinto", "mailbox"];
if header :is "X-Spam" "Yes" {
  fileinto :create "Junk";
  stop;
}
