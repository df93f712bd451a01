// two-steps: an agent in C++ that asks twice. The first pass collects points, the second writes a
// text out of them; the first one's answer is handed in as an earlier one. Shows passes, NEXT,
// earlier answers and sections. No exception may leave a function that the host calls.
#include <agenthost/kit.h>

#include <exception>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Agent {
    std::string collect, write;
};

std::string string_of(agenthost_text text)
{
    return std::string(text.len > 0 ? text.data : "", text.len);
}

agenthost_text text_of(const std::string &text)
{
    return agenthost_text{text.data(), text.size()};
}

// The lines that begin with "- ".
std::vector<std::string> points_of(const std::string &answer)
{
    std::vector<std::string> points;
    std::istringstream lines(answer);
    for (std::string line; std::getline(lines, line);) {
        if (line.compare(0, 2, "- ") == 0) {
            points.push_back(line.substr(2));
        }
    }
    return points;
}

void *create(const agenthost_host *, const agenthost_setup *setup, agenthost_report *report)
{
    const agenthost_asset *collect = agenthost_find_asset(setup, "collect.md");
    const agenthost_asset *write = agenthost_find_asset(setup, "write.md");
    if (collect == nullptr || write == nullptr) {
        report->say(report, agenthost_text_of("assets/collect.md or assets/write.md is missing"));
        return nullptr;
    }
    try {
        return new Agent{string_of(collect->bytes), string_of(write->bytes)};
    } catch (const std::exception &error) {
        report->say(report, agenthost_text_of(error.what()));
        return nullptr;
    }
}

void destroy(void *agent)
{
    delete static_cast<Agent *>(agent);
}

void build(const Agent &agent, const agenthost_job &job, agenthost_prompt &prompt)
{
    const bool is_first = job.pass == 0;
    prompt.message(&prompt, AGENTHOST_SYSTEM, text_of(is_first ? agent.collect : agent.write));
    prompt.message(&prompt, AGENTHOST_USER, job.data);
    if (!is_first) {
        std::string points;
        for (const std::string &point : points_of(string_of(job.earlier[0].text))) {
            points += "* " + point + "\n";
        }
        prompt.message(&prompt, AGENTHOST_USER, text_of(points));
    }
}

agenthost_status judge(const agenthost_job &job, const agenthost_answer &answer,
                       agenthost_result &result)
{
    if (job.pass == 0 && points_of(string_of(answer.text)).size() < 2) {
        result.say(&result, agenthost_text_of("fewer than two points"));
        result.correct(&result, agenthost_text_of("Give at least two points, each on a line of "
                                                  "its own that begins with \"- \"."));
        return AGENTHOST_REASK;
    }
    if (job.pass == 0) {
        return AGENTHOST_NEXT;
    }
    if (answer.text.len == 0) {
        result.correct(&result, agenthost_text_of("Write the text."));
        return AGENTHOST_REASK;
    }
    result.text(&result, answer.text);
    result.section(&result, agenthost_text_of("points"), agenthost_text_of("Points"),
                   job.earlier[0].text);
    result.section(&result, agenthost_text_of("text"), agenthost_text_of("Text"), answer.text);
    return AGENTHOST_OK;
}

agenthost_status build_prompt(void *agent, const agenthost_job *job, agenthost_prompt *prompt)
{
    try {
        build(*static_cast<Agent *>(agent), *job, *prompt);
        return AGENTHOST_OK;
    } catch (const std::exception &error) {
        prompt->say(prompt, agenthost_text_of(error.what()));
        return AGENTHOST_INTERNAL;
    }
}

agenthost_status post_process(void *, const agenthost_job *job, const agenthost_answer *answer,
                              agenthost_result *result)
{
    try {
        return judge(*job, *answer, *result);
    } catch (const std::exception &error) {
        result->say(result, agenthost_text_of(error.what()));
        return AGENTHOST_INTERNAL;
    }
}

} // namespace

const struct agenthost_agent agenthost_agent = {
    AGENTHOST_AGENT_HEAD, create, destroy, nullptr, build_prompt, post_process, nullptr,
};
