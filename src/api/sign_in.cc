#include "api/sign_in.h"

#include "base/crypto.h"
#include "base/text.h"

namespace rowcall::api {

namespace {

constexpr char kElementHint[] = "Send the header Authorization: Element <token>, User <secret>.";
constexpr char kPlatformHint[] = "Send the header Authorization: User <secret>, Organization <secret>.";

std::unexpected<Error> NotUnderstood(std::string message) {
  return Fail(ErrorKind::unauthenticated, std::move(message), kElementHint);
}

/// Where the secret after that word belongs; null if the word is unknown.
std::optional<Secret>* PlaceOf(std::string_view word, Credentials& credentials) {
  if (EqualsIgnoringAsciiCase(word, "element")) return &credentials.element;
  if (EqualsIgnoringAsciiCase(word, "user")) return &credentials.user;
  if (EqualsIgnoringAsciiCase(word, "organization")) return &credentials.organization;
  return nullptr;
}

/// Of what LookUp() asks for, and of nothing else: an element call's has a token in it, a platform call's has none.
Sha256Digest KeyOf(const Credentials& credentials, Auth auth) {
  Sha256 key;
  const auto add = [&key](const std::optional<Secret>& part) {
    key.Update(Bytes(part ? Sha256Of(part->Reveal()) : Sha256Digest{}));
  };
  add(credentials.user);
  add(credentials.organization);
  if (auth == Auth::element) add(credentials.element);
  return key.Finish();
}

/// Blocking: looks the credentials up.
Result<Caller> LookUp(const ApiParts& parts, const Credentials& credentials, Auth auth) {
  std::optional<std::string_view> organization;
  if (credentials.organization) organization = credentials.organization->Reveal();
  Caller caller;
  ASSIGN_OR_RETURN(caller.tenant, parts.catalogue.SignIn(credentials.user->Reveal(), organization));
  if (auth == Auth::element) {
    ASSIGN_OR_RETURN(caller.instance, parts.catalogue.SignInElement(caller.tenant, credentials.element->Reveal()));
  }
  return caller;
}

}  // namespace

Result<Credentials> ParseAuthorization(std::string_view header) {
  Credentials credentials;
  for (const std::string_view part : Split(header, ',')) {
    const std::string_view pair = Trim(part);
    const std::size_t space = pair.find_first_of(" \t");
    if (space == std::string_view::npos) return NotUnderstood("The Authorization header is not understood.");
    std::optional<Secret>* place = PlaceOf(pair.substr(0, space), credentials);
    if (place == nullptr)
      return NotUnderstood("The Authorization header has a word other than Element, User and Organization.");
    if (place->has_value()) return NotUnderstood("The Authorization header says the same twice.");
    place->emplace(std::string(Trim(pair.substr(space))));
  }
  return credentials;
}

async::Task<Result<Caller>> SignIn(const Call& call, Auth auth) {
  if (auth == Auth::nobody) co_return Caller{};
  const std::string hint = auth == Auth::element ? kElementHint : kPlatformHint;
  const auto header = call.request.headers.Find("Authorization");
  if (!header) co_return Fail(ErrorKind::unauthenticated, "The Authorization header is missing.", hint);
  ASSIGN_OR_CO_RETURN(const Credentials credentials, ParseAuthorization(*header));
  const bool complete = credentials.user && (auth == Auth::element ? credentials.element : credentials.organization);
  if (!complete) co_return Fail(ErrorKind::unauthenticated, "The Authorization header is not complete.", hint);

  const ApiParts& parts = call.parts;
  const std::uint64_t change_count = parts.catalogue.ChangeCount();  // before the look-up
  const Sha256Digest key = KeyOf(credentials, auth);
  if (const Caller* known = call.known_callers.Find(change_count, key)) co_return *known;
  std::move_only_function<Result<Caller>()> look_up = [&] { return LookUp(parts, credentials, auth); };
  Result<Caller> caller = co_await parts.pool.Run(std::move(look_up));
  if (!caller && caller.error().kind == ErrorKind::unauthenticated) {
    co_return Fail(ErrorKind::unauthenticated, "The credentials in the Authorization header are not valid.", hint);
  }
  if (caller && auth == Auth::element) {
    caller->connector = parts.connectors.Find(caller->instance.connector);
    if (caller->connector == nullptr) {
      co_return Fail(ErrorKind::unavailable,
                     "The connector \"" + caller->instance.connector + "\" of this instance is not installed.",
                     "Put its folder back and start the server again.");
    }
  }
  if (caller) call.known_callers.Remember(change_count, key, *caller);
  co_return caller;
}

}  // namespace rowcall::api
