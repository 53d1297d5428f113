-- Whoever signed in may send under their own address only: the ones that people see (From, and Sender where there is one)
-- are the one of the envelope, which Postfix has compared with who signed in. Without this, a box of one commune could write
-- in another's name and have it signed with that other's key. An error here would end OpenDKIM itself: only what its final
-- hook has is called.
local signed_in = odkim.get_mtasymbol(ctx, "{auth_authen}")
if signed_in == nil or signed_in == "" then return nil end

local envelope = (odkim.get_envfrom(ctx) or ""):gsub("[<>]", ""):lower()

-- Why this header is not the name of who signed in; nil when it is.
local function wrong(name)
  local value = odkim.get_header(ctx, name, 0)
  if odkim.get_header(ctx, name, 1) ~= nil then return "There must be one " .. name .. " header only" end
  -- Quoted names and comments may hold anything: what remains is one address, between angle brackets or alone.
  local bare = value:gsub("\\.", ""):gsub('"[^"]*"', ""):gsub("%b()", ""):gsub("[\r\n]", "")
  local address = bare:match("^[^<>]*<%s*([^<>%s]+)%s*>%s*$") or bare:match("^%s*([^<>%s]+)%s*$")
  if address == nil or address:find(",", 1, true) or address:find(";", 1, true) then
    return "The " .. name .. " header must hold one address"
  end
  if address:lower() ~= envelope then
    return "The " .. name .. " header must hold the address you signed in with"
  end
  return nil
end

local why = nil
if odkim.get_header(ctx, "From", 0) == nil then
  why = "There is no From header"
else
  why = wrong("From")
end
if why == nil and odkim.get_header(ctx, "Sender", 0) ~= nil then why = wrong("Sender") end
if why ~= nil then
  odkim.log(ctx, why)
  odkim.set_reply(ctx, "550", "5.7.1", why)
  odkim.set_result(ctx, SMFIS_REJECT)
end
return nil
