(ns quintet.core-test
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.properties :as prop]
            [quintet.check :as check]
            [quintet.core :as quintet])
  (:import (io.quintet.testkit ChildServer HttpConduct HttpConduct$Check)
           (java.io BufferedReader InputStreamReader PrintWriter)
           (java.net Socket)))

(def patterns [:single-thread :multi-thread :load-balanced :reuseport :multi-process])

(defn- conducts [pattern mode]
  (with-open [server (ChildServer. "clojure.main"
                                   (into-array ["-m" "quintet.conduct-server" (name pattern) mode]))]
    (doseq [[what ^HttpConduct$Check check] (HttpConduct/checks (.port server))]
      (testing (str pattern " " mode ": " what)
        (is (nil? (.run check)))))
    (testing (str pattern " " mode ": an end in good order")
      (is (nil? (HttpConduct/endsInGoodOrder server))))))

(deftest what-clients-find-under-each-pattern
  (doseq [pattern patterns]
    (conducts pattern "sync")))

(deftest what-clients-of-asynchronous-handlers-find
  (doseq [pattern [:single-thread :load-balanced]]
    (conducts pattern "async")))

(defn- ask [port line]
  (with-open [socket (Socket. "127.0.0.1" (int port))
              out (PrintWriter. (.getOutputStream socket) true)
              in (BufferedReader. (InputStreamReader. (.getInputStream socket)))]
    (.println out ^String line)
    (.readLine in)))

(deftest other-protocols-are-served
  (with-open [server (quintet/serve :line str/upper-case {:pattern :reuseport :loops 2})]
    (is (= "HELLO" (ask (quintet/port server) "hello")))
    (let [stats (quintet/stats server)]
      (is (= "reuseport" (:topology stats)))
      (is (= 2 (count (:loops stats))))
      (is (= "serving" (:state stats))))
    (is (map? (quintet/explain server)))))

(deftest a-bad-option-is-named
  (is (thrown-with-msg? IllegalArgumentException #"option idleTimeout does not exist"
                        (quintet/serve :line identity {:idle-timeout 1})))
  (is (thrown-with-msg? IllegalArgumentException #"option port is 70000; valid are 0 to 65535"
                        (quintet/serve :line identity {:port 70000}))))

(deftest machines-are-data
  (let [m (quintet/spec :connection)]
    (is (= :fresh (:initial m)))
    (is (= {:target :serving :action :read} (quintet/step m :idle :readable)))
    (is (= {:target :closed :action :close} (quintet/step m :idle :idle)))
    (is (nil? (quintet/step m :closed :readable)))
    (is (true? (get-in m [:states :closed :final?])))
    (is (str/starts-with? (quintet/draw m) "stateDiagram-v2")))
  (is (some #{:reuseport} (:topologies (quintet/specs))))
  (is (= "reuseport" (:id (quintet/spec :reuseport)))))

(defspec upper-case-under-every-pattern 5
  (prop/for-all [samples (check/samples check/line)]
    (check/check :line str/upper-case samples {:runs 20})))
