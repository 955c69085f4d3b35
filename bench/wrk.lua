-- wrk posts one contact again and again, as long as the rows' contacts, and prints one line of JSON on standard error.
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer sandbox-token"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"email":"p12345@example.com","name":"First12345 Last12345","phone":"+15550012345",'
  .. '"custom_attributes":{"title":"Engineer"}}'

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local seconds = summary.duration / 1e6
  io.stderr:write(string.format('{"rows":%d,"seconds":%.6f,"failed":%d}\n', summary.requests, seconds, failed))
end
