#pragma once

#include <optional>

#include "connector/connector.h"
#include "dispatch/record_write.h"
#include "model/loaded_row.h"
#include "model/record.h"

namespace rowcall::dispatch {

/// A record to be taken back. Constant meanwhile.
struct UndoOrder {
  const connector::ObjectSpec* object = nullptr;
  const model::Record* record = nullptr;  ///< As the row wrote it.
  const model::LoadedRow* loaded = nullptr;  ///< What became of that row.
  const model::Record* before = nullptr;  ///< What the pre-image says of its fields; null = there is none.
  bool in_doubt = false;  ///< An earlier attempt may have been carried out.
  bool is_related = false;  ///< It was made beside the row. What was written into it, only the row itself tells.
};

/// Where it stands. Begins as UndoState{}.
struct UndoState {
  enum class Phase { begin, reading, archiving, putting_back };
  Phase phase = Phase::begin;
  bool put_back = false;  ///< Its fields are as before, by this row.
  Boxed<model::Reason> warning;  ///< What could not be put back, though the service took it.
};

/// The next action: a pure function, as NextAction is. A record is read first; what differs from all that the row wrote
/// was changed since, and is kept. Outcomes: `updated`, it was taken back (archived, or as it was before); `unchanged`,
/// it was so already; `skipped`, it is kept, and the reason says why; `failed`, the service refused.
///
/// A record that the load made is archived, also by a later row of the load that wrote over it without a pre-image.
WriteAction NextUndo(const UndoOrder& order, UndoState& state, const WriteEvent& event);

}  // namespace rowcall::dispatch
