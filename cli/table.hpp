#pragma once
#include <string>
#include <vector>

namespace zenops {

/// Rows of cells in columns, two spaces apart: the first column begins at the left, of the others those in `right` end
/// at the right. UTF-8 counts a character as one column.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<size_t>& right = {});

}  // namespace zenops
