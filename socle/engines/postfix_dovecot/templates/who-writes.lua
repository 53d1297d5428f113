-- What becomes of a message whose author is not who it says, once SPF, DKIM, DMARC and ARC were read.
-- In the name of a domain of ours, nobody brings mail from outside unless that domain has signed it; of another’s, it is
-- as that domain asks (DMARC), but what a chain of forwarders vouches for (ARC) is set aside instead of refused.
local util = require "rspamd_util"

local ours = rspamd_config:add_map({
  url = "@{folder}/rspamd/domains",
  type = "set",
  description = "domains whose mail is here",
})

local function is_signed_by(task, domain)
  for _, symbol in ipairs(task:get_symbol("R_DKIM_ALLOW") or {}) do
    for _, option in ipairs(symbol.options or {}) do
      if option:lower():match("^([^:]+)") == domain then
        return true
      end
    end
  end
  return false
end

local function author_domains(task)
  local found = {}
  -- Each From that there is: some readers show the first, others the last.
  for _, header in ipairs(task:get_header_full("From") or {}) do
    for _, one in ipairs(util.parse_mail_address(header.decoded or header.value, task:get_mempool(), 100) or {}) do
      if one.domain and one.domain ~= "" then
        table.insert(found, one.domain:lower())
      end
    end
  end
  return found
end

local function judge(task)
  for _, domain in ipairs(author_domains(task)) do
    if ours and ours:get_key(domain) and not is_signed_by(task, domain) then
      if task:has_symbol("R_DKIM_TEMPFAIL") then
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
  end
end

rspamd_config:register_symbol({
  name = "WHO_WRITES",
  type = "postfilter",
  callback = judge,
})
