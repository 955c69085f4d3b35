#pragma once

#include <string>

#include "base/json_writer.h"
#include "sandbox/records.h"

namespace rowcall::sandbox {

struct ContactView {
  bool numeric_owner = false;  ///< owner_id as a number, as before 2.16.
  /// For the truth: all companies, whole, instead of references to the first ten; and what became of the contact.
  bool truth = false;
};

/// A contact as Intercom shows it.
void AppendContact(JsonWriter& json, const Contact& contact, const ContactView& view);
std::string ShowContact(const Contact& contact, const ContactView& view);

}  // namespace rowcall::sandbox
