#include "base/json_writer.h"
#include "sandbox/endpoints.h"

namespace rowcall::sandbox {

OrRefusal<Answer> IdentifyAdmin(Call& call) {
  const Admin& admin = call.workspace.admins().front();
  Answer answer;
  JsonWriter json(answer.body);
  json.BeginObject().Key("type").String("admin").Key("id").String(admin.id);
  json.Key("email").String(admin.email).Key("name").String(admin.name).Key("email_verified").Bool(true);
  json.Key("app").BeginObject().Key("type").String("app").Key("id_code").String(kAppId);
  json.Key("name").String("Rowcall sandbox").Key("created_at").Int(1'734'537'243).Key("secure").Bool(false);
  json.Key("identity_verification").Bool(false).Key("timezone").String("Etc/UTC").Key("region").String("US");
  json.EndObject().Key("avatar").BeginObject().Key("type").String("avatar").Key("image_url").Null().EndObject();
  json.Key("has_inbox_seat").Bool(true).EndObject();
  return answer;
}

OrRefusal<Answer> ListAdmins(Call& call) {
  Answer answer;
  JsonWriter json(answer.body);
  json.BeginObject().Key("type").String("admin.list").Key("admins").BeginArray();
  for (const Admin& admin : call.workspace.admins()) {
    json.BeginObject().Key("type").String("admin").Key("id").String(admin.id);
    json.Key("email").String(admin.email).Key("name").String(admin.name);
    json.Key("away_mode_enabled").Bool(false).Key("away_mode_reassign").Bool(false);
    json.Key("has_inbox_seat").Bool(true).Key("team_ids").BeginArray().EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return answer;
}

}  // namespace rowcall::sandbox
