#pragma once

#include "sandbox/call.h"

namespace rowcall::sandbox {

// One function per operation of Intercom's API. Each checks everything before it changes anything, so a refused request
// leaves no trace. Which path leads to which stands in routes.cc.

OrRefusal<Answer> IdentifyAdmin(Call& call);
OrRefusal<Answer> ListAdmins(Call& call);

OrRefusal<Answer> CreateContact(Call& call);
OrRefusal<Answer> UpdateContact(Call& call);
OrRefusal<Answer> ShowOneContact(Call& call);
OrRefusal<Answer> FindContactByExternalId(Call& call);
OrRefusal<Answer> ListContacts(Call& call);
OrRefusal<Answer> SearchContacts(Call& call);
OrRefusal<Answer> ArchiveContact(Call& call);
OrRefusal<Answer> UnarchiveContact(Call& call);
OrRefusal<Answer> DeleteContact(Call& call);
OrRefusal<Answer> MergeContacts(Call& call);

OrRefusal<Answer> AttachCompany(Call& call);
OrRefusal<Answer> DetachCompany(Call& call);
OrRefusal<Answer> ListCompaniesOfContact(Call& call);

OrRefusal<Answer> UpsertCompany(Call& call);
OrRefusal<Answer> UpdateCompany(Call& call);
OrRefusal<Answer> ShowOneCompany(Call& call);
OrRefusal<Answer> FindCompanies(Call& call);
OrRefusal<Answer> ListCompanies(Call& call);
OrRefusal<Answer> DeleteCompany(Call& call);

OrRefusal<Answer> ListDataAttributes(Call& call);
OrRefusal<Answer> CreateDataAttribute(Call& call);
OrRefusal<Answer> UpdateDataAttribute(Call& call);

}  // namespace rowcall::sandbox
