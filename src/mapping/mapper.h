#pragma once

#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/mapping.h"
#include "model/object_schema.h"
#include "model/record.h"
#include "model/row.h"

namespace rowcall::mapping {

struct Region;

/// How a header is compared with aliases: lower case, words kept apart by one space. "BusPhone" → "bus phone". Two
/// headers are the same if they fold to the same letters, spaces aside: "E-mail" is "EMAIL".
std::string FoldHeader(std::string_view header);
/// Without the prefix that exports of Eloqua put before each field: "C_BusPhone" → "BusPhone".
std::string_view WithoutPrefix(std::string_view header);
/// Without a number at the end: "Website1" → "Website".
std::string_view WithoutNumber(std::string_view header);

/// Finds each header column its field by exact alias; nothing is guessed. What a column is called to the letter comes
/// first, then its name without prefix, then also without a number at the end; the last only for the connector's own
/// fields, for in a workspace's own ("score_2023") the number is part of the name. Of two columns for one field the
/// first wins; a column of its own ("Name") wins over joined ones ("First Name", "Last Name"). A column without a place
/// is listed in columns_not_loaded, one without a name as "column 3".
model::Mapping MatchByAlias(const std::vector<std::string>& header, const model::ObjectSchema& schema);

/// The mapping of `metaData.mapping`: a JSON object, column → field path, or column → null to leave the column out;
/// or field path → {"columns": [..], "default": ".."}. Columns given to one field are joined, in that order. A column
/// that it does not name is matched by alias, unless "only" is true. Fails with `invalid` and names the unknown
/// column or field and its closest neighbour, or the field that cannot be written.
Result<model::Mapping> MatchAsAsked(std::string_view mapping_json, const std::vector<std::string>& header,
                                    const model::ObjectSchema& schema);
/// Whether MatchAsAsked() would take such a mapping for a file that has the columns which it names. Fails as it does.
Result<void> CheckAsked(std::string_view mapping_json, const model::ObjectSchema& schema);

/// A Mapping as JSON and back, for the job's plan. The form is private to this folder.
std::string ToJson(const model::Mapping& mapping);
Result<model::Mapping> MappingFromJson(std::string_view json);

/// Whether a mapping that was kept still fits: each path is a writable field of the schema, each column in the
/// header. The workspace may have changed since. Fails with `invalid` and names what does not fit.
Result<void> CheckFits(const model::Mapping& mapping, const model::ObjectSchema& schema,
                       const std::vector<std::string>& header);

/// Whether phones of this country (two letters, ISO 3166) can be completed with its code.
bool IsKnownRegion(std::string_view region);

/// A cell that says something of a person.
struct PersonalCell {
  const model::Field* field;
  std::string_view text;  ///< Trimmed.
};

/// Turns rows into records. Blank cells are not sent. Each value is checked against its field (type, length, choice);
/// every reason names its column. Pure and thread-safe after construction.
class Mapper {
 public:
  /// `schema` must outlive the mapper. CheckFits() must hold. An unknown region counts as none.
  Mapper(const model::ObjectSchema& schema, model::Mapping mapping, const std::vector<std::string>& header);
  /// A row with faults maps to its faults; faults that are only warnings go beside the record. Reasons quote cells, of
  /// personal fields as `personal` says.
  model::MappedRow Map(const model::Row& row, model::Personal personal) const;
  /// The cells of personal fields as they stand in the file, without blank ones.
  std::vector<PersonalCell> PersonalCells(const model::Cells& cells) const;

 private:
  static constexpr std::size_t kOwn = static_cast<std::size_t>(-1);

  struct BoundRule {
    const model::Field* field = nullptr;
    std::vector<std::size_t> columns;
    std::string column_names;  ///< For reasons: "C_FirstName + C_LastName".
    std::string fallback;
    std::size_t relation = kOwn;  ///< Index in schema_.relations.
    std::string path_in_record;
  };
  /// What the rules of one record may fill.
  struct Extent {
    std::size_t fields = 0;
    std::size_t path_bytes = 0;
    std::vector<std::size_t> columns;
  };
  /// Fields of which a record needs a value in at least one, as indexes of the rules that fill them.
  struct Need {
    std::vector<std::size_t> rules;
    std::string field_names;  ///< "email or external_id"
    std::string column_names;
  };

  /// For each rule whether the row has a text for it.
  using Filled = boost::container::small_vector<bool, 64>;

  Need NeedFor(const std::vector<std::string>& paths) const;
  static bool AnyFilled(const std::vector<std::size_t>& rules, const Filled& filled);
  void MapFields(const model::Row& row, model::Personal personal, Filled& filled, model::MappedRow& mapped) const;
  static void MakeRoom(const Extent& extent, const model::Cells& cells, model::Record& record);
  model::Record& RelatedRecord(std::size_t relation, const model::Cells& cells, model::MappedRow& mapped) const;
  void CheckNeeds(const Filled& filled, model::MappedRow& mapped) const;
  void DropKeyless(const Filled& filled, model::MappedRow& mapped) const;

  const model::ObjectSchema& schema_;
  const Region* region_ = nullptr;
  std::vector<BoundRule> rules_;
  Extent own_extent_;
  std::vector<Extent> extents_;  ///< One for each relation of the schema.
  std::vector<Need> needs_;
  std::vector<Need> relation_needs_;  ///< One for each relation of the schema.
};

}  // namespace rowcall::mapping
