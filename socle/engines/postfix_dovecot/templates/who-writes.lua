-- What becomes of a message whose author is not who it says, once SPF, DKIM, DMARC and ARC were read.
-- In a name of ours, nobody brings mail from outside unless that very name has signed it; of another’s, it is as that domain
-- asks (DMARC), but what a chain of forwarders vouches for (ARC) is set aside instead of refused. What shows an address of
-- ours as the name of somebody else is set aside too.
local util = require "rspamd_util"

-- A line is the domain of a mairie, or a dot and that of the operator, which stands for all that is under it as well.
local ours = rspamd_config:add_map({
  url = "@{folder}/rspamd/domains",
  type = "set",
  description = "domains whose mail is here",
})

local function is_mairie(domain)
  return ours and ours:get_key(domain)
end

-- Whether this is a name of ours: a mairie’s, or any other under the operator’s, whether it exists or not.
local function is_ours(domain)
  if is_mairie(domain) then
    return true
  end
  local above = domain
  while ours and above do
    if ours:get_key("." .. above) then
      return true
    end
    above = above:match("^[^.]*%.(.+)$")
  end
  return false
end

-- A domain as the DNS would be asked for it, however it is written; of one that is too long to be one, its end.
local function as_domain(text)
  text = text:sub(-255)
  local plain = util.is_valid_utf8(text) and util.normalize_utf8(text) or text
  return (util.lower_utf8(plain):gsub("。", "."):gsub("%.+$", ""))
end

-- --- Who speaks for a name of ours -------------------------------------------------------------------------------------
local function envelope_domain(task)
  local from = task:get_from("smtp")
  return as_domain(from and from[1] and from[1].domain or "")
end

local function is_signed_by(task, domain)
  for _, symbol in ipairs(task:get_symbol("R_DKIM_ALLOW") or {}) do
    for _, option in ipairs(symbol.options or {}) do
      local signer = option:lower():match("^([^:]+)")
      if signer == domain then
        return true
      end
      -- The key of a mairie is for its name only; a name of the operator’s may be signed by the one above it.
      local is_above = signer and domain:sub(-#signer - 1) == "." .. signer
      if is_above and not is_mairie(domain) and not is_mairie(signer) then
        return true
      end
    end
  end
  return false
end

-- The machines that the SPF of a mairie lists are those of all the mairies: it is worth nothing here.
local function is_sent_by(task, domain)
  local from = envelope_domain(task)
  -- A notice of failure has no envelope: the server that brings it says its own name.
  from = from ~= "" and from or as_domain(task:get_helo() or "")
  return from == domain and not is_mairie(domain) and task:has_symbol("R_SPF_ALLOW")
end

local function authors(task)
  local found = {}
  -- Each From that there is: some readers show the first, others the last.
  for _, header in ipairs(task:get_header_full("From") or {}) do
    for _, one in ipairs(util.parse_mail_address(header.decoded or header.value, task:get_mempool(), 100) or {}) do
      if one.domain and one.domain ~= "" then
        table.insert(found, { domain = as_domain(one.domain), address = (one.addr or ""):lower() })
      end
    end
  end
  return found
end

-- --- The name shown beside an address ----------------------------------------------------------------------------------
-- What a reader takes for a part of an address, or for its end, besides what NFKC undoes.
local READ_AS = {
  ["ⓐ"] = "@@", ["Ⓐ"] = "@@", ["。"] = ".", ["·"] = ".", ["•"] = ".", ["‧"] = ".", ["∙"] = ".", ["⋅"] = ".",
  ["‐"] = "-", ["‑"] = "-", ["‒"] = "-", ["–"] = "-", ["−"] = "-", ["…"] = " ", ["—"] = " ", ["«"] = " ", ["»"] = " ",
  ["“"] = " ", ["”"] = " ", ["„"] = " ", ["‘"] = " ", ["’"] = " ", ["‹"] = " ", ["›"] = " ",
  -- Letters of other alphabets that look like ours.
  ["а"] = "a", ["е"] = "e", ["о"] = "o", ["р"] = "p", ["с"] = "c", ["у"] = "y", ["х"] = "x", ["і"] = "i", ["ѕ"] = "s",
  ["ј"] = "j", ["һ"] = "h", ["ԁ"] = "d", ["ԛ"] = "q", ["ԝ"] = "w", ["ո"] = "n", ["ο"] = "o", ["α"] = "a", ["ν"] = "v",
  ["ι"] = "i", ["ρ"] = "p",
}

-- Nobody’s name is longer. All that follows is bounded by it: one process reads for everybody, and a pattern that goes back
-- on its steps over a header of a hundred kilobytes would hold it for a minute.
local LONGEST = 2000

-- A text as it is read at a glance: no invisible letter, no quotation mark, no space around what joins an address.
local function at_a_glance(text)
  if not util.is_valid_utf8(text) then
    text = text:gsub("[\128-\255]", " ")
  end
  text = text:gsub('["\\]', ""):gsub("[\194-\244][\128-\191]+", READ_AS)
  -- What NFKC undoes may be one of these in its turn.
  text = util.normalize_utf8(text):gsub("[\194-\244][\128-\191]+", READ_AS):gsub("%s+", " ")
  text = util.lower_utf8(text):gsub("[%(%[{] ?at ?[%)%]}]", "@@"):gsub("[%(%[{] ?arobase ?[%)%]}]", "@@")
  return (text:gsub(" ?@@ ?", "@@"):gsub(" ?%. ?", "."))
end

-- The name of ours by which a text begins, whatever follows it; nil when it begins by none.
local function first_of_ours(text)
  local name = text
  while name and name ~= "" and not is_ours(name) do
    name = name:match("^(.*)[.%-_][^.%-_]*$")
  end
  return name ~= "" and name or nil
end

-- Whether a text shows an address of ours that none of the authors has.
local function holds_ours(text, theirs)
  local at = text:find("@@", 1, true)
  while at do
    local box = text:sub(math.max(1, at - 64), at - 1):match("[^%s<>'(),:;@@%[%]]*$")
    local after = text:sub(at + 1, at + 255):match("^[%w.%-_\128-\255]*")
    local domain = first_of_ours(after:match("^[%w.%-_]*")) or first_of_ours(after)
    if domain and not theirs[box .. "@@" .. after] and not theirs[box .. "@@" .. domain] then
      return true
    end
    at = text:find("@@", at + 1, true)
  end
  return false
end

-- Whether a message shows such an address as a name, or a name too long to be one.
local function shows_ours(task, written)
  local theirs = {}
  for _, one in ipairs(written) do
    theirs[one.address] = true
  end
  for rank, header in ipairs(task:get_header_full("From") or {}) do
    local text = header.decoded or header.value or ""
    -- As many as there are: beyond a few, nobody is honest either.
    if rank > 10 or #text > 4 * LONGEST then
      return true
    end
    text = at_a_glance(text)
    if #text > LONGEST or holds_ours(text, theirs) then
      return true
    end
  end
  return false
end

-- --- What becomes of it ------------------------------------------------------------------------------------------------
local function judge(task)
  local written = authors(task)
  local said, are_ours = { envelope_domain(task) }, #written > 0
  for _, one in ipairs(written) do
    table.insert(said, one.domain)
    are_ours = are_ours and is_ours(one.domain)
  end
  for _, domain in ipairs(said) do
    if domain ~= "" and is_ours(domain) and not is_signed_by(task, domain) and not is_sent_by(task, domain) then
      local is_unknown = not is_mairie(domain) and task:has_symbol("R_SPF_DNSFAIL")
      if is_unknown or task:has_symbol("R_DKIM_TEMPFAIL") then
        task:set_pre_result("soft reject", "Try again later: the signature of this message could not be checked", "who-writes")
      else
        task:set_pre_result("reject", "Sign in to send under this domain: it did not sign this message", "who-writes")
      end
      return
    end
  end
  if task:has_symbol("DMARC_POLICY_REJECT") and not task:has_symbol("ARC_ALLOW") then
    task:set_pre_result("reject", "The domain of the author asks to refuse what it did not sign (DMARC)", "who-writes")
  elseif task:has_symbol("DMARC_POLICY_REJECT") or task:has_symbol("DMARC_POLICY_QUARANTINE") then
    task:set_pre_result("add header", "Set aside as the domain of the author asks (DMARC)", "who-writes")
  elseif not are_ours and shows_ours(task, written) then
    -- A list of ours says in whose stead it writes: it signed.
    task:set_pre_result("add header", "Set aside: the name shown is an address of somebody else", "who-writes")
  end
end

rspamd_config:register_symbol({
  name = "WHO_WRITES",
  type = "postfilter",
  callback = judge,
})
