-- Whoever signed in may send under their own address only: the one that people see (From) is the one of the envelope,
-- which Postfix has compared with who signed in. Without this, a box of one commune could write in another's name and
-- have it signed with that other's key. An error here would end OpenDKIM itself: only what its setup hook has is called.
local signed_in = odkim.get_mtasymbol(ctx, "{auth_authen}")
if signed_in == nil or signed_in == "" then return nil end

local function refuse(why)
  odkim.log(ctx, why)
  odkim.set_result(ctx, SMFIS_REJECT)
end

local from = odkim.get_header(ctx, "From", 0)
if from == nil then
  refuse("No From header")
  return nil
end
if odkim.get_header(ctx, "From", 1) ~= nil then
  refuse("More than one From header")
  return nil
end
-- Quoted names and comments may hold anything: what remains is one address, between angle brackets or alone.
local bare = from:gsub("\\.", ""):gsub('"[^"]*"', ""):gsub("%b()", ""):gsub("[\r\n]", "")
local address = bare:match("^[^<>]*<%s*([^<>%s]+)%s*>%s*$") or bare:match("^%s*([^<>%s]+)%s*$")
local envelope = (odkim.get_envfrom(ctx) or ""):gsub("[<>]", ""):lower()
if address == nil or address:find(",", 1, true) or address:find(";", 1, true) then
  refuse("The From header must hold one address")
elseif address:lower() ~= envelope then
  refuse("The From header must hold the address you signed in with")
end
return nil
